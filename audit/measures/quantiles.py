"""A histogram of a field, in units: one bin a number up to 127, 64 bins an octave above, mirrored below zero; the ends exact."""
import math

from decimal_units import nearest
from varint import Reader, natural, zigzag

PERCENTILES = {"p50": 500, "p75": 750, "p90": 900, "p95": 950, "p99": 990, "p999": 999}  # of a thousand
INPUT, STATISTICS, ROUNDED = "number", (*PERCENTILES, "count", "min", "max"), ()
INLINE = 64  # bins that are written into the cell itself
BLANK = (0, None, None, {})  # count, least, greatest, bin -> how many


def bin_of(number):
    size = abs(number)
    octave = max(size.bit_length() - 7, 0)  # how many low bits a bin leaves open
    place = octave * 64 + (size >> octave)
    return place if number >= 0 else -place


def middle_of(place):
    size = abs(place)
    octave = max(size // 64 - 1, 0)
    middle = (size - octave * 64 << octave) + (1 << octave >> 1)
    return middle if place >= 0 else -middle


def add(state, value, _place):
    count, least, greatest, bins = state
    if count == 0:
        return 1, value, value, {bin_of(value): 1}
    place = bin_of(value)
    bins[place] = bins.get(place, 0) + 1
    return count + 1, min(least, value), max(greatest, value), bins


def merge(a, b):
    if not a[0] or not b[0]:
        return a if a[0] else b
    bins = dict(a[3])
    for place, many in b[3].items():
        bins[place] = bins.get(place, 0) + many
    return a[0] + b[0], min(a[1], b[1]), max(a[2], b[2]), bins


def pack(state, out):
    count, least, greatest, bins = state
    natural(count, out)
    if count == 0:
        return
    zigzag(least, out)
    zigzag(greatest, out)
    if len(bins) > INLINE:  # they lie beside the cell, 64 places a piece: which is the first, and how far from it the last
        natural(0, out)
        zigzag(min(bins) // 64, out)
        natural(max(bins) // 64 - min(bins) // 64, out)
        return
    natural(len(bins), out)
    before = 0
    for place in sorted(bins):
        zigzag(place - before, out)
        natural(bins[place], out)
        before = place


def pieces(state):
    """What lies beside the cell, by number; a piece without bins is none."""
    bins = state[3]
    found, before = {}, None
    for place in sorted(bins) if len(bins) > INLINE else ():
        number = place // 64
        if number not in found:
            found[number], before = bytearray(), number * 64
        natural(place - before, found[number])
        natural(bins[place], found[number])
        before = place
    return found


def unpack(reader, piece):
    count = reader.natural()
    if count == 0:
        return BLANK
    least, greatest, bins, place = reader.zigzag(), reader.zigzag(), {}, 0
    size = reader.natural()
    for _ in range(size):
        place += reader.zigzag()
        bins[place] = reader.natural()
    if size == 0:
        first = reader.zigzag()
        for number in range(first, first + reader.natural() + 1):
            inside, place = Reader(piece(number) or b""), number * 64
            while not inside.done():
                place += inside.natural()
                bins[place] = inside.natural()
    return count, least, greatest, bins


def read(state, statistic, decimals):
    count, least, greatest, bins = state
    if statistic == "count":
        return count
    if count == 0:
        return None
    if statistic in PERCENTILES:
        found = min(max(_at(bins, -(-count * PERCENTILES[statistic] // 1000)), least), greatest)
    else:
        found = least if statistic == "min" else greatest
    return nearest(found, 10 ** decimals)


def buckets(state, decimals):
    """`[(from, to, count)]` as it is shown, ascending: one a number up to 15, eight an octave above, mirrored below zero."""
    found = {}
    for place, many in state[3].items():
        size = abs(place)
        octave = max(size // 64 - 1, 0)
        least = size - octave * 64 << octave
        wide = 1 << max(least.bit_length() - 4, 0)
        least -= least % wide
        ends = (least, least + wide) if place >= 0 else (1 - least - wide, 1 - least)
        found[ends] = found.get(ends, 0) + many
    return [(nearest(first, 10 ** decimals), nearest(end, 10 ** decimals), found[first, end]) for first, end in sorted(found)]


def _at(bins, nth):
    """The middle of the bin that holds the nth number in ascending order, from 1."""
    for place in sorted(bins):
        nth -= bins[place]
        if nth <= 0:
            return middle_of(place)
    return math.inf


def words(state):
    return dict(zip(("count", "min", "max", "bins"), state))
