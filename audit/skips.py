"""Offsets that an operator passed over (`pos` field `skips`): no number knows of them, the ledger and a dead letter do."""
import json

from faults import CannotRecount


def skips_of(pos):
    """`[(from, to), ...]`, ascending; `to` is the first offset behind."""
    text = pos.get(b"skips", b"")
    if not text:
        return []
    try:
        ranges = [(int(start), int(end)) for start, end in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise CannotRecount(f"the field skips of pos cannot be read: {error}")
    if any(start >= end for start, end in ranges) or ranges != sorted(ranges):
        raise CannotRecount(f"the field skips of pos is not ascending: {ranges}")
    return ranges


def inside(skips, offset):
    return any(start <= offset < end for start, end in skips)


def covered(skips, first, behind):
    """Whether all offsets `[first, behind)` were passed over."""
    for start, end in skips:
        if start <= first < end:
            first = end
    return first >= behind
