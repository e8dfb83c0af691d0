"""Folds events as the recount does. In: JSON of sources and their events; out: cells and readings by key. For readings-twin.slow.test.ts."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "audit"))

import readings  # noqa: E402
from definition import Source  # noqa: E402
from keys import place  # noqa: E402
from pack import pack  # noqa: E402
from rules import WINDOW_SHIFT, Partition  # noqa: E402


def folded(plain, events):
    source = Source(plain)
    fold, keys = Partition(source, 0), {}
    for offset, event in enumerate(events):
        fold.take("data", offset, -1, None, json.dumps(event).encode(), [])
    for breakdown, tables in zip(source.breakdowns, fold.cells):
        for interval, cells in zip(source.intervals, tables):
            for key, cell in cells.items():
                block, group, slot = place(breakdown.name, key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1)
                keys.setdefault(f"c:{breakdown.name}:{interval.name}:{block}.{group}", {})[str(slot)] = pack(source.kinds, cell).hex()
    for one in fold.readings:
        for name, (_at, line) in one.series.held.items():
            keys.setdefault(f"readings:{one.metric.name}", {})[name.decode()] = readings.pack(line).hex()
    return {"keys": keys, "over": [sum(one.over[each] for one in fold.readings) for each in ("series", "readings")]}


json.dump([folded(*given) for given in json.load(sys.stdin)], sys.stdout)
