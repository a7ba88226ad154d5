"""A recursive-descent JSON parser: small methods on one object, texts, numbers, lists and dicts. Full of calls."""

import json


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def parse(self):
        value = self.value()
        self.blank()
        if self.at != len(self.text):
            raise ValueError(f"text behind the end at {self.at}")
        return value

    def value(self):
        self.blank()
        char = self.text[self.at]
        if char == "{":
            return self.object()
        if char == "[":
            return self.array()
        if char == '"':
            return self.string()
        if char in "-0123456789":
            return self.number()
        return self.word()

    def blank(self):
        text = self.text
        while self.at < len(text) and text[self.at] in " \n\t\r":
            self.at += 1

    def expect(self, char):
        self.blank()
        if self.text[self.at] != char:
            raise ValueError(f"expected {char} at {self.at}")
        self.at += 1

    def next_is(self, char):
        self.blank()
        if self.text[self.at] == char:
            self.at += 1
            return True
        return False

    def object(self):
        self.expect("{")
        members = {}
        if self.next_is("}"):
            return members
        while True:
            self.blank()
            key = self.string()
            self.expect(":")
            members[key] = self.value()
            if self.next_is("}"):
                return members
            self.expect(",")

    def array(self):
        self.expect("[")
        items = []
        if self.next_is("]"):
            return items
        while True:
            items.append(self.value())
            if self.next_is("]"):
                return items
            self.expect(",")

    def string(self):
        self.expect('"')
        end = self.text.index('"', self.at)
        found = self.text[self.at : end]
        self.at = end + 1
        return found

    def number(self):
        start = self.at
        while self.at < len(self.text) and self.text[self.at] in "+-.eE0123456789":
            self.at += 1
        digits = self.text[start : self.at]
        return int(digits) if digits.lstrip("-").isdigit() else float(digits)

    def word(self):
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        raise ValueError(f"unexpected {self.text[self.at]!r} at {self.at}")


DOCUMENT = json.dumps(
    [
        {"id": i, "name": f"thing {i}", "tags": ["red", "green"], "price": i * 1.5, "stock": i % 3 == 0, "note": None}
        for i in range(8)
    ],
    indent=1,
)


def run():
    Parser(DOCUMENT).parse()
