"""By how much a counter grew: steps up, and after a step down what it came to; and how many steps went down."""
from decimal_units import nearest

from .pair import merge, pack, unpack

INPUT, STATISTICS, ROUNDED, BLANK = "number", ("increase", "rate", "resets"), ("rate",), (0, 0)
PER_SECOND = ("rate",)


def value_of(value, _series):
    return value


def step(first, second, ms, _series):
    """`[(window, reading whose names it has, state), ...]`: what it adds."""
    if second.value >= first.value:
        return [(second.at // ms, second, (second.value - first.value, 0))]
    return [(second.at // ms, second, (max(second.value, 0), 1))]


def read(state, statistic, decimals):
    return state[1] if statistic == "resets" else nearest(state[0], 10 ** decimals)


def words(state):
    return dict(zip(("increase", "resets"), state))
