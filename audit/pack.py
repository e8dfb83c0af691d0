"""A cell as bytes, and back. A cell here is a list: what each metric has, in the order of the definition; in bytes are those that its breakdown keeps."""
from measures import MEASURES
from varint import Reader


def pack(kinds, cell, beside=None, kept=None):
    """`beside`: takes what is not in the cell itself, by `b"METRIC.PIECE"`. `kept`: places of the metrics that are in it; None: all."""
    out = bytearray()
    for place in range(len(kinds)) if kept is None else kept:
        measure = MEASURES[kinds[place]]
        measure.pack(cell[place], out)
        if beside is not None and hasattr(measure, "pieces"):
            for number, piece in measure.pieces(cell[place]).items():
                beside[b"%d.%d" % (place, number)] = bytes(piece)
    return bytes(out)


def unpack(kinds, data, beside=None, kept=None):
    """Raises ValueError where the bytes are not exactly one cell."""
    reader = Reader(data)
    cell = [MEASURES[kind].BLANK for kind in kinds]
    for place in range(len(kinds)) if kept is None else kept:
        measure = MEASURES[kinds[place]]
        if hasattr(measure, "pieces"):
            cell[place] = measure.unpack(reader, lambda number, place=place: (beside or {}).get(b"%d.%d" % (place, number)))
        else:
            cell[place] = measure.unpack(reader)
    if not reader.done():
        raise ValueError("bytes left over")
    return cell
