"""Where things are in the store: key names, the chunk and slot of a cell, and when each may be unlinked."""
import re

DAY_MS = 86_400_000
WINDOW_SHIFT = 32  # a cell's key in a recount is window * 2^32 + id
KEY = re.compile(r"tm:\{(?P<source>[^/}]+)/(?P<partition>[0-9]+)~(?P<suffix>[^}]*)\}:g(?P<generation>[0-9]+):(?P<rest>.+)", re.S)
CHUNK = re.compile(r"c:(?P<breakdown>[^:]+):(?P<interval>[^:]+):(?P<block>[0-9]+)\.(?P<group>[0-9]+)")
RANKING = re.compile(r"z:(?P<metric>[^:]+):(?P<breakdown>[^:]+):(?P<interval>[^:]+):(?P<window>[0-9]+)")
GROUP = re.compile(r"g:(?P<interval>[^:]+):(?P<group>[0-9]+):(?P<blocks>[0-9]+(?:\.[0-9]+)*)")
TOTAL_GROUP = re.compile(r"t:(?P<interval>[^:]+):(?P<group>[0-9]+)")
NAMES = re.compile(r"n:(?P<breakdown>[^:]+):(?P<day>[0-9]+)")


def is_total(breakdown):
    """Of events, or of facts such as sessions."""
    return breakdown == "all" or breakdown.endswith(".all")


def place(breakdown, window, name_id):
    """`(block, group, slot)` of a cell."""
    if is_total(breakdown):
        return 0, window // 128, window % 128
    if name_id < 8:
        return 0, window // 16, window % 16 * 8 + name_id
    if name_id < 40:
        return 1, window // 4, window % 4 * 32 + name_id - 8
    return 2 + (name_id - 40) // 128, window, (name_id - 40) % 128


def resident(breakdown, block, group, slot):
    """`(window, id)` of a slot: `place` read backwards."""
    if is_total(breakdown):
        return group * 128 + slot, 1
    if block == 0:
        return group * 16 + slot // 8, slot % 8
    if block == 1:
        return group * 4 + slot // 32, slot % 32 + 8
    return group, (block - 2) * 128 + slot + 40


def windows_in_chunk(breakdown, block):
    if is_total(breakdown):
        return 128
    return {0: 16, 1: 4}.get(block, 1)


def windows_in_group(breakdown):
    """Windows that are freed together: as many as a chunk of block 0 holds."""
    return windows_in_chunk(breakdown, 0)


def group_due(breakdown, interval, group):
    """The log clock at which every window of a group is past; None is never."""
    if interval.keep_ms is None:
        return None
    return (group + 1) * windows_in_group(breakdown) * interval.ms + interval.keep_ms


def group_of(breakdown, window):
    return window // windows_in_group(breakdown)


def ranking_due(interval, window):
    """The log clock at which the one window of a ranking is past; None is never."""
    return None if interval.keep_ms is None else (window + 1) * interval.ms + interval.keep_ms


def names_due(intervals, day):
    """The log clock at which no window of a day can be kept any more; None is never."""
    keeps = [interval.keep_ms for interval in intervals]
    return None if None in keeps else (day + 1) * DAY_MS + max(keeps)
