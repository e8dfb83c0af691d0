"""The sum of a field, in units."""
from decimal_units import nearest
from varint import zigzag

INPUT, STATISTICS, ROUNDED, BLANK = "number", ("sum",), (), 0
pack = zigzag


def add(state, value, _place):
    return state + value


def merge(a, b):
    return a + b


def unpack(reader):
    return reader.zigzag()


def read(state, _statistic, decimals):
    return nearest(state, 10 ** decimals)


def words(state):
    return state
