"""Count, sum, sum of squares, minimum and maximum of a field, in units."""
import math

from decimal_units import nearest
from varint import natural, zigzag

INPUT, STATISTICS, ROUNDED = "number", ("count", "sum", "min", "max", "avg", "stddev"), ("avg", "stddev")
BLANK = (0, 0, 0, None, None)


def add(state, value, _place):
    return merge(state, (1, value, value * value, value, value))


def merge(a, b):
    if not a[0] or not b[0]:
        return a if a[0] else b
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], min(a[3], b[3]), max(a[4], b[4])


def pack(state, out):
    count, total, squares, least, greatest = state
    natural(count, out)
    if count:
        zigzag(total, out)
        natural(squares, out)
        zigzag(least, out)
        zigzag(greatest, out)


def unpack(reader):
    count = reader.natural()
    return (count, reader.zigzag(), reader.natural(), reader.zigzag(), reader.zigzag()) if count else BLANK


def read(state, statistic, decimals):
    count, total, squares, least, greatest = state
    scale = 10 ** decimals
    if statistic == "count":
        return count
    if statistic == "sum":
        return nearest(total, scale)
    if count == 0:
        return None
    if statistic == "avg":
        return nearest(total, count * scale)
    if statistic == "stddev":
        return math.sqrt(count * squares - total * total) / count / scale
    return nearest(least if statistic == "min" else greatest, scale)


def words(state):
    return dict(zip(("count", "sum", "squares", "min", "max"), state))
