"""Measures of a cell as bytes, and back. A cell here is a flat list: count and sum one number, stats five."""
WIDTHS = {"count": 1, "sum": 1, "stats": 5}  # stats: count, sum, sum of squares, min, max


def natural(number, out):
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def zigzag(number, out):
    natural(number * 2 if number >= 0 else -number * 2 - 1, out)


def pack(kinds, cell):
    out, at = bytearray(), 0
    for kind in kinds:
        if kind == "sum":
            zigzag(cell[at], out)
        else:
            natural(cell[at], out)
            if kind == "stats" and cell[at] > 0:
                zigzag(cell[at + 1], out)
                natural(cell[at + 2], out)
                zigzag(cell[at + 3], out)
                zigzag(cell[at + 4], out)
        at += WIDTHS[kind]
    return bytes(out)


def unpack(kinds, data):
    """Raises ValueError where the bytes are not exactly one cell."""
    reader = Reader(data)
    cell = []
    for kind in kinds:
        if kind == "sum":
            cell.append(reader.zigzag())
            continue
        cell.append(reader.natural())
        if kind == "stats":
            cell += [reader.zigzag(), reader.natural(), reader.zigzag(), reader.zigzag()] if cell[-1] > 0 else [0, 0, None, None]
    if not reader.done():
        raise ValueError("bytes left over")
    return cell


class Reader:
    """Walks LEB128 numbers and length-prefixed byte strings."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def done(self):
        return self.at == len(self.data)

    def natural(self):
        result = shift = 0
        while self.at < len(self.data):
            byte = self.data[self.at]
            self.at += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result
            shift += 7
        raise ValueError("bytes end within a number")

    def zigzag(self):
        number = self.natural()
        return (number >> 1) ^ -(number & 1)

    def text(self):
        length = self.natural()
        piece = self.data[self.at:self.at + length]
        if len(piece) != length:
            raise ValueError("bytes end within a string")
        self.at += length
        return piece
