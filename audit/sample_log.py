"""For tests: writes Kafka record batches and segment files by hand. Shares nothing with batches.py but the format."""
import gzip
import os
import struct


def crc32c_bitwise(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def varint(number):
    number = number * 2 if number >= 0 else -number * 2 - 1
    out = b""
    while number > 127:
        out += bytes([number % 128 + 128])
        number //= 128
    return out + bytes([number])


def blob(data):
    return varint(-1) if data is None else varint(len(data)) + data


def record(delta, value, key=None, ts_delta=0, headers=()):
    body = b"\0" + varint(ts_delta) + varint(delta) + blob(key) + blob(value) + varint(len(headers))
    body += b"".join(blob(name) + blob(content) for name, content in headers)
    return varint(len(body)) + body


def batch(base, records, ts=0, max_ts=None, attributes=0, producer=-1, last_delta=None):
    """`records`: encoded records. Attributes: 1 gzip, 8 log append time, 16 transactional, 32 control."""
    payload = b"".join(records)
    if attributes & 7 == 1:
        payload = gzip.compress(payload)
    last_delta = len(records) - 1 if last_delta is None else last_delta
    tail = struct.pack(">hiqqqhii", attributes, last_delta, ts, ts if max_ts is None else max_ts, producer, 0, -1, len(records)) + payload
    return struct.pack(">qiibI", base, 4 + 1 + 4 + len(tail), 0, 2, crc32c_bitwise(tail)) + tail


def marker(base, commit, producer):
    key = struct.pack(">hh", 0, 1 if commit else 0)
    return batch(base, [record(0, struct.pack(">hi", 0, 0), key)], attributes=16 | 32, producer=producer)


def write(folder, topic, partition, segments):
    """`segments`: first offset -> bytes."""
    place = os.path.join(folder, f"{topic}-{partition}")
    os.makedirs(place, exist_ok=True)
    for first, data in segments.items():
        with open(os.path.join(place, f"{first:020d}.log"), "wb") as file:
            file.write(data)
