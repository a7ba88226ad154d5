"""What can go wrong while a condition is evaluated, and what takes the place of a value that may not be told."""

from __future__ import annotations


class EvaluationError(Exception):
    """One evaluation failed; the text of the condition, and the program, stay as they are. `column` is 1-based."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class Withheld:
    """Instead of a secret: it is true and not null, and anything else that is asked of it is an error."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why
