"""How many different texts: their hashes up to 10,000 a cell, HyperLogLog registers beyond."""
import math
from functools import lru_cache

from javascript import utf8
from varint import natural, sized

INPUT, STATISTICS, ROUNDED = "text", ("uniques",), ()
BLANK = (0, frozenset(), None)  # events; hashes, or None and the registers
MOST_STORED, MOST_READ, INLINE, REGISTERS = 10_000, 16_384, 64, 2048
RANKS = 38  # a hash has 48 bits, 11 of which choose the register: a rank is 1 to 38
MASK = 0xFFFFFFFF


def _rotated(word, by):
    return (word << by | word >> 32 - by) & MASK


def _scrambled(block):
    return _rotated(block * 0xCC9E2D51 & MASK, 15) * 0x1B873593 & MASK


def murmur3(data, seed):
    """MurmurHash3 x86_32."""
    state, whole = seed, len(data) // 4 * 4
    for at in range(0, whole, 4):
        state = (_rotated(state ^ _scrambled(int.from_bytes(data[at:at + 4], "little")), 13) * 5 + 0xE6546B64) & MASK
    if whole < len(data):
        state ^= _scrambled(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & MASK
    return state ^ state >> 16


@lru_cache(maxsize=1 << 16)
def hash_of(text):
    data = utf8(text)
    return murmur3(data, 0x9747B28C) >> 16 << 32 | murmur3(data, 0)


def _take(registers, number):
    rest = number >> 11
    rank = RANKS - rest.bit_length()
    registers[number & 2047] = max(registers[number & 2047], rank)


def _registers(state):
    if state[2] is not None:
        return state[2]
    registers = bytearray(REGISTERS)
    for number in state[1]:
        _take(registers, number)
    return registers


def add(state, value, _place):
    events, hashes, registers = state
    number = hash_of(value)
    if registers is not None:
        _take(registers, number)
        return events + 1, None, registers
    if type(hashes) is frozenset:
        hashes = set(hashes)
    hashes.add(number)
    state = events + 1, hashes, None
    return state if len(hashes) <= MOST_STORED else (events + 1, None, _registers(state))


def merge(a, b):
    if a[1] is not None and b[1] is not None and len(a[1] | b[1]) <= MOST_READ:
        return a[0] + b[0], a[1] | b[1], None
    return a[0] + b[0], None, bytearray(map(max, _registers(a), _registers(b)))


def _form(state):
    """None: registers. Else the hashes in order."""
    _, hashes, _ = state
    return sorted(hashes) if hashes is not None and len(hashes) <= MOST_STORED else None


def _bits(size):
    """Of a hash that say which piece it lies in: at most 32 hashes a piece, on average."""
    return (-(-size // 32) - 1).bit_length()


def pack(state, out):
    natural(state[0], out)
    if state[0] == 0:
        return
    hashes = _form(state)
    if hashes is None:
        natural(1, out)
    elif len(hashes) <= INLINE:
        natural(0, out)
        sized(b"".join(number.to_bytes(6, "big") for number in hashes), out)
    else:
        natural(2, out)
        natural(len(hashes), out)


def pieces(state):
    """What lies beside the cell, by number."""
    hashes = _form(state)
    if hashes is None:
        registers = _registers(state)
        packed = [sum(rank << 6 * at for at, rank in enumerate(registers[first:first + 128])) for first in range(0, REGISTERS, 128)]
        return {number: piece.to_bytes(96, "little") for number, piece in enumerate(packed)}
    if len(hashes) <= INLINE:
        return {}
    bits = _bits(len(hashes))
    found = {number: bytearray() for number in range(1 << bits)}
    for number in hashes:
        found[number >> 48 - bits] += number.to_bytes(6, "big")
    return found


def _part(piece, number):
    found = piece(number)
    if found is None:
        raise ValueError(f"piece {number} is missing")
    return found


def unpack(reader, piece):
    events = reader.natural()
    if events == 0:
        return BLANK
    form = reader.natural()
    if form == 1:
        registers = bytearray()
        for number in range(REGISTERS // 128):
            packed = int.from_bytes(_part(piece, number), "little")
            registers += bytes(packed >> 6 * at & 63 for at in range(128))
        return events, None, registers
    if form == 0:
        data = reader.text()
    else:
        data = b"".join(_part(piece, number) for number in range(1 << _bits(reader.natural())))
    return events, {int.from_bytes(data[at:at + 6], "big") for at in range(0, len(data), 6)}, None


def read(state, _statistic, _decimals):
    events, hashes, registers = state
    if hashes is not None:
        return len(hashes)
    return min(events, max(MOST_STORED + 1, math.floor(estimate(registers) + 0.5)))


def estimate(registers):
    """Ertl, New cardinality estimation algorithms for HyperLogLog sketches (2017), algorithm 6."""
    many = [0] * (RANKS + 1)
    for rank in registers:
        many[rank] += 1
    total = REGISTERS * _tau(1 - many[RANKS] / REGISTERS)
    for rank in range(RANKS - 1, 0, -1):
        total = 0.5 * (total + many[rank])
    total += REGISTERS * _sigma(many[0] / REGISTERS)
    return REGISTERS * REGISTERS / (2 * math.log(2) * total)


def _sigma(x):
    if x == 1:
        return math.inf
    factor, result, last = 1, x, None
    while result != last:
        last = result
        x *= x
        result += x * factor
        factor *= 2
    return result


def _tau(x):
    if x in (0, 1):
        return 0
    factor, result, last = 1, 1 - x, None
    while result != last:
        last = result
        x = math.sqrt(x)
        factor /= 2
        result -= (1 - x) ** 2 * factor
    return result / 3


def words(state):
    return {"events": state[0], "uniques": read(state, None, 0), "exact": state[1] is not None}
