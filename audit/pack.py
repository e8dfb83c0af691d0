"""A cell as bytes, and back. A cell here is a list: what each metric has, in the order of the definition."""
from measures import MEASURES
from varint import Reader


def pack(kinds, cell, beside=None):
    """`beside`: takes what is not in the cell itself, by `b"METRIC.PIECE"`."""
    out = bytearray()
    for place, (kind, state) in enumerate(zip(kinds, cell)):
        measure = MEASURES[kind]
        measure.pack(state, out)
        if beside is not None and hasattr(measure, "pieces"):
            for number, piece in measure.pieces(state).items():
                beside[b"%d.%d" % (place, number)] = bytes(piece)
    return bytes(out)


def unpack(kinds, data, beside=None):
    """Raises ValueError where the bytes are not exactly one cell."""
    reader = Reader(data)
    cell = []
    for place, kind in enumerate(kinds):
        measure = MEASURES[kind]
        if hasattr(measure, "pieces"):
            cell.append(measure.unpack(reader, lambda number, place=place: (beside or {}).get(b"%d.%d" % (place, number))))
        else:
            cell.append(measure.unpack(reader))
    if not reader.done():
        raise ValueError("bytes left over")
    return cell
