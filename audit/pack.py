"""A cell as bytes, and back. A cell here is a list: what each metric has, in the order of the definition."""
from measures import MEASURES
from varint import Reader


def pack(kinds, cell):
    out = bytearray()
    for kind, state in zip(kinds, cell):
        MEASURES[kind].pack(state, out)
    return bytes(out)


def unpack(kinds, data):
    """Raises ValueError where the bytes are not exactly one cell."""
    reader = Reader(data)
    cell = [MEASURES[kind].unpack(reader) for kind in kinds]
    if not reader.done():
        raise ValueError("bytes left over")
    return cell
