"""One test, for `coverage run -m pytest`."""

import branches


def test_sign():
    assert branches.sign(3) == "+"
