"""CRC-32C (Castagnoli), the checksum of Kafka's record batches: four bytes a step, by two tables of 65,536 entries."""
import array
import sys

POLYNOMIAL = 0x82F63B78


def _byte_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


def _word_tables():
    byte = _byte_table()

    def push(crc):  # one zero byte more
        return byte[crc & 0xFF] ^ (crc >> 8)

    high = [push(push(value)) for value in range(65536)]
    return [push(push(crc)) for crc in high], high


_BYTE = _byte_table()
_LOW, _HIGH = _word_tables()


def crc32c(data):
    """The checksum of some bytes, as an unsigned 32-bit integer."""
    crc = 0xFFFFFFFF
    whole = len(data) // 4 * 4
    words = array.array("I", bytes(data[:whole]))
    if words.itemsize != 4:
        words, whole = array.array("I"), 0
    elif sys.byteorder == "big":
        words.byteswap()
    low, high = _LOW, _HIGH
    for word in words:
        crc ^= word
        crc = low[crc & 0xFFFF] ^ high[crc >> 16]
    for value in bytes(data[whole:]):
        crc = _BYTE[(crc ^ value) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF
