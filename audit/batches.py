"""Kafka's RecordBatch, version 2: header, checksum, records. Layout: kafka.apache.org/documentation/#recordbatch."""
import struct
import zlib

from crc32c import crc32c
from faults import CannotRecount

HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_BYTES = HEADER.size  # 61
LENGTH_ENDS_AT = 12  # base offset and length are not part of the length
CRC_STARTS_AT = 21
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
ABORT, COMMIT = 0, 1
MOST_INFLATED = 64 * 1024 * 1024  # bytes; what grows past is a reject of the whole batch


class InflatedTooLarge(Exception):
    """The batch is a bomb: nobody opens it."""


class Batch:
    """The header of one batch, and its records where somebody asks for them. Times in ms."""

    def __init__(self, data):
        (self.base, _length, _epoch, magic, self.crc, attributes, self.last_delta, self.base_ts, self.max_ts,
         self.producer_id, _producer_epoch, _sequence, self.count) = HEADER.unpack_from(data)
        if magic != 2:
            raise CannotRecount(f"the batch at offset {self.base} has magic {magic}; only version 2 is read")
        self.data = data
        self.codec = attributes & 7
        self.append_time = bool(attributes & 8)
        self.transactional = bool(attributes & 16)
        self.control = bool(attributes & 32)
        self.last = self.base + self.last_delta

    def intact(self):
        return crc32c(self.data[CRC_STARTS_AT:]) == self.crc

    def _payload(self):
        payload = bytes(self.data[HEADER_BYTES:])
        if self.codec == 0:
            return payload
        if self.codec == 1:
            try:
                unpacking = zlib.decompressobj(31)
                whole = unpacking.decompress(payload, MOST_INFLATED + 1)
                if len(whole) > MOST_INFLATED:
                    raise InflatedTooLarge
                if not unpacking.eof:
                    raise zlib.error("incomplete data")
                return whole
            except zlib.error as error:
                raise CannotRecount(f"the batch at offset {self.base} cannot be unpacked: {error}")
        name = CODECS[self.codec] if self.codec < len(CODECS) else str(self.codec)
        raise CannotRecount(f"the batch at offset {self.base} is packed with {name}, which Python's standard library "
                            "cannot unpack: read the topic with `kcat -C -J -e` and give that with --kcat")

    def records(self):
        """Yields `(offset, timestamp, key, value, headers)`; key and value are bytes or None, headers a list of pairs."""
        try:
            yield from self._walk(self._payload())
        except IndexError:
            raise CannotRecount(f"the batch at offset {self.base} ends within a record")

    def _walk(self, data):
        at = 0
        for _ in range(self.count):
            length, at = varint(data, at)
            end = at + length
            delta_ts, at = varint(data, at + 1)  # one byte of unused attributes
            delta, at = varint(data, at)
            key, at = _bytes(data, at)
            value, at = _bytes(data, at)
            headers = []
            header_count, at = varint(data, at)
            for _ in range(header_count):
                name, at = _bytes(data, at)
                content, at = _bytes(data, at)
                headers.append((name, content))
            if at != end or end > len(data):
                raise CannotRecount(f"record {self.base + delta} does not fill the length it states")
            yield self.base + delta, self.max_ts if self.append_time else self.base_ts + delta_ts, key, value, headers

    def marker(self):
        """COMMIT, ABORT, or another number for control records that end no transaction."""
        for _offset, _ts, key, _value, _headers in self.records():
            return struct.unpack_from(">hh", key)[1] if key is not None and len(key) >= 4 else -1
        return -1


def varint(data, at):
    """A zigzag varint and the position behind it."""
    byte = data[at]
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at + 1
    result, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (result >> 1) ^ -(result & 1), at + 1
        shift += 7


def _bytes(data, at):
    length, at = varint(data, at)
    return (None, at) if length < 0 else (data[at:at + length], at + length)
