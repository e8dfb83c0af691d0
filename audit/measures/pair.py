"""What counter and time_in_state are in common: two whole numbers that add up, and can be taken back."""
from varint import zigzag


def merge(a, b, times=1):
    return a[0] + times * b[0], a[1] + times * b[1]


def pack(state, out):
    zigzag(state[0], out)
    zigzag(state[1], out)


def unpack(reader):
    return reader.zigzag(), reader.zigzag()
