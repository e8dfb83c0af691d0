"""Folds events as the recount does. In: JSON of sources and their events; out: sessions by key. For sessions-twin.slow.test.ts."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "audit"))

import sessions  # noqa: E402
from definition import Source  # noqa: E402
from keys import WINDOW_SHIFT, place  # noqa: E402
from pack import pack  # noqa: E402
from rules import Partition  # noqa: E402


def folded(plain, events):
    fold, keys = Partition(Source(plain), 0), {}
    for offset, event in enumerate(events):
        key = event["recordKey"].encode() if "recordKey" in event else None
        fold.take("data", offset, -1, key, json.dumps(event).encode(), [])
    facts = sessions.Facts(fold.source, fold.sessions.rule)
    for breakdown, tables in zip(facts.breakdowns, fold.sessions.cells):
        for interval, cells in zip(facts.intervals, tables):
            for key, cell in cells.items():
                block, group, slot = place(breakdown.name, key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1)
                keys.setdefault(f"c:{breakdown.name}:{interval.name}:{block}.{group}", {})[str(slot)] = pack(facts.kinds, cell).hex()
    for (breakdown, day), table in fold.sessions.names.items():
        for name, number in table.items():
            keys.setdefault(f"n:{facts.breakdowns[breakdown].name}:{day}", {})[name.decode()] = str(number)
    for entity, held in fold.sessions.held.items():
        keys.setdefault("facts:sessions", {})[entity.decode()] = sessions.pack(held).hex()
    keys["entities:sessions"] = {f'["{each}"]': str(number) for each, number in fold.sessions.sample.items()}
    return keys


json.dump([folded(*given) for given in json.load(sys.stdin)], sys.stdout)
