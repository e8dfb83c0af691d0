"""What the feed tells of a batch: the changed hashes and their fields, as MessagePack of strings and arrays."""


def read_changes(data):
    """`{(suffix, field): value}` of `suffix, [field, value, ...], ...`. Raises ValueError on anything else."""
    if not data:
        return {}
    reader = MessagePack(data)
    told = reader.value()
    if reader.at != len(data) or type(told) is not list or len(told) % 2:
        raise ValueError("changes are no list of suffixes and pairs")
    changes = {}
    for suffix, pairs in zip(told[::2], told[1::2]):
        if type(suffix) is not bytes or type(pairs) is not list or len(pairs) % 2 or not all(type(one) is bytes for one in pairs):
            raise ValueError("changes are no list of suffixes and pairs")
        changes.update(((suffix, field), value) for field, value in zip(pairs[::2], pairs[1::2]))
    return changes


class MessagePack:
    """The part of https://github.com/msgpack/msgpack/blob/master/spec.md that holds strings and arrays."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def value(self):
        kind = self._natural(1)
        if 0x90 <= kind <= 0x9F:
            return self._array(kind & 0x0F)
        if 0xA0 <= kind <= 0xBF:
            return self._take(kind & 0x1F)
        if kind in (0xDC, 0xDD):
            return self._array(self._natural(2 if kind == 0xDC else 4))
        if kind in (0xD9, 0xDA, 0xDB):
            return self._take(self._natural({0xD9: 1, 0xDA: 2, 0xDB: 4}[kind]))
        raise ValueError(f"byte {kind:#x} begins neither a string nor an array")

    def _array(self, count):
        return [self.value() for _ in range(count)]

    def _natural(self, size):
        return int.from_bytes(self._take(size), "big")

    def _take(self, size):
        piece = self.data[self.at:self.at + size]
        if len(piece) != size:
            raise ValueError("changes end too early")
        self.at += size
        return piece
