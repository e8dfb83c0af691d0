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
