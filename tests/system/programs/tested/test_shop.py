"""Tests for pytest and for unittest, one of which fails."""

import unittest
import warnings

import shop


def test_price():
    assert shop.price("tea") == 6


def test_nothing():
    try:
        shop.price("")
    except ValueError:
        warnings.warn("nothing has no price", stacklevel=1)


def test_wrong():
    wanted = 7
    assert shop.price("tea") == wanted


class PriceTest(unittest.TestCase):
    def test_price(self):
        self.assertEqual(shop.price("bread"), 10)

    def test_wrong(self):
        self.assertEqual(shop.price("bread"), 11)
