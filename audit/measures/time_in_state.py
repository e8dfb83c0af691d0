"""For how long a field had one of some values: ms, and how often it came to one of them."""
from keys import DAY_MS

from .pair import merge, pack, unpack

INPUT, STATISTICS, ROUNDED, BLANK = "text", ("seconds", "changes"), (), (0, 0)


def value_of(value, series):
    return 1 if value in series.among else 0


def step(first, second, ms, series):
    """`[(window, reading whose names it has, state), ...]`: what it adds."""
    if not first.value:
        return [(second.at // ms, second, (0, 1))] if second.value else []
    start, end = first.at, min(second.at, first.at + series.hold_ms)
    parts = []
    for window in range(start // ms, -(-end // ms)) if end > start else ():
        day = window * ms // DAY_MS
        named = first if first.at // DAY_MS == day else second
        if named.at // DAY_MS == day:
            parts.append((window, named, (min(end, (window + 1) * ms) - max(start, window * ms), 0)))
    return parts


def read(state, statistic, _decimals):
    return state[1] if statistic == "changes" else state[0] / 1000


def words(state):
    return dict(zip(("ms", "changes"), state))
