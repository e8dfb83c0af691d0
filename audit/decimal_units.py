"""A number as an integer of 10^-decimals units: round half to even the shortest decimal text of the double."""
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

EXACT = Context(prec=800, rounding=ROUND_HALF_EVEN)  # a double has at most 309 digits before its point and 17 that count
LIMIT = 2 ** 53


def units(number, decimals):
    """By the text alone, where it has no exponent: `repr` of a float is the shortest text that reads back as the same double."""
    text = repr(number)
    if "e" in text:
        return units_slowly(number, decimals)
    whole, _, fraction = text.partition(".")
    digits = whole + fraction[:decimals].ljust(decimals, "0")
    size = abs(int(digits))
    rest = fraction[decimals:].rstrip("0")
    if rest > "5" or (rest == "5" and size % 2 == 1):  # texts of digits compare as fractions do
        size += 1
    return -size if digits[0] == "-" else size


def units_slowly(number, decimals):
    """The same by Python's decimals: the definition that the short way above is tested against."""
    return int(Decimal(repr(number)).scaleb(decimals, EXACT).to_integral_value(ROUND_HALF_EVEN, EXACT))


def nearest(number, divisor):
    """The double nearest to a fraction."""
    return float(Fraction(number, divisor))
