"""The name of a series: the JSON array of its values, cut with a hash where it is long."""
import hashlib

from javascript import stringify, utf8

LONGEST_NAME = 256
SHARED_BYTES = 180


def name_of(values):
    """UTF-8 bytes of the name of a tuple of values (strings, numbers, None)."""
    text = utf8(stringify(values))
    if len(text) <= LONGEST_NAME:
        return text
    limit = SHARED_BYTES // len(values)
    return utf8(stringify([shorten(value, limit) for value in values]))


def shorten(value, limit):
    """A text of at most `limit` bytes as it is; a longer one cut at a whole code point, with the hash of all of it."""
    if not isinstance(value, str):
        return value
    whole = utf8(value)
    if len(whole) <= limit:
        return value
    return whole[:limit].decode("utf-8", "ignore") + "…" + hashlib.sha256(whole).hexdigest()[:16]


def drawn(offset, index):
    """The draw of an event past the budget, 32 bits: its offset and its place in the record, mixed (docs/store.md, "Rules a recount needs", 6)."""
    mixed = (offset + index * 0x9E3779B1) % 2**32
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = (mixed ^ mixed >> shift) * factor % 2**32
    return mixed ^ mixed >> 16


def finds_a_place(held, budget, offset, index):
    """Whether a new name is given an id where `held` names have one: within the budget always, past it by the event's draw while the reserve lasts."""
    if held < budget:
        return True
    reserve, used = max(16, budget // 10), held - budget
    return used < reserve and drawn(offset, index) < 2**32 // (8 * 4 ** (8 * used // reserve))
