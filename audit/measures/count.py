"""How many events."""
from varint import natural

INPUT, STATISTICS, ROUNDED, BLANK = None, ("count",), (), 0
pack = natural


def add(state, _value, _place):
    return state + 1


def merge(a, b):
    return a + b


def unpack(reader):
    return reader.natural()


def read(state, _statistic, _decimals):
    return state


def words(state):
    return state
