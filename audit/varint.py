"""LEB128 numbers without limit and length-prefixed byte strings, written and read."""


def natural(number, out):
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def zigzag(number, out):
    natural(number * 2 if number >= 0 else -number * 2 - 1, out)


def sized(data, out):
    natural(len(data), out)
    out += data


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
