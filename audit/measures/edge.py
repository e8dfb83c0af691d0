"""The first or the last number of a field: the least, or greatest, (time, offset, index in the record, units)."""
from decimal_units import nearest
from varint import natural, zigzag


class Edge:
    """What `first` and `last` are but for their choice."""

    INPUT, ROUNDED, BLANK = "number", (), None

    def __init__(self, name, choose):
        self.STATISTICS, self.choose = (name,), choose

    def add(self, state, value, place):
        return self.merge(state, (*place, value))

    def merge(self, a, b):
        return b if a is None else a if b is None else self.choose(a, b)

    def pack(self, state, out):
        natural(0 if state is None else 1, out)
        for number in state or ():
            zigzag(number, out)

    def unpack(self, reader):
        return tuple(reader.zigzag() for _ in range(4)) if reader.natural() else None

    def read(self, state, _statistic, decimals):
        return None if state is None else nearest(state[3], 10 ** decimals)

    def words(self, state):
        return None if state is None else dict(zip(("time", "offset", "index", "units"), state))
