"""Folds events as the recount does. In: JSON of sources and their events; out: facts by key. For facts-twin.slow.test.ts."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "audit"))

from definition import Source  # noqa: E402
from keys import WINDOW_SHIFT, place  # noqa: E402
from pack import pack  # noqa: E402
from rules import Partition  # noqa: E402


def folded(plain, events):
    fold, keys = Partition(Source(plain), 0), {}
    for offset, event in enumerate(events):
        key = event["recordKey"].encode() if "recordKey" in event else None
        fold.take("data", offset, -1, key, json.dumps(event).encode(), [])
    for one in fold.facts:
        facts = one.cells
        for breakdown, tables in zip(facts.breakdowns, facts.cells):
            for interval, cells in zip(facts.intervals, tables):
                for key, cell in cells.items():
                    block, group, slot = place(breakdown.name, key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1)
                    keys.setdefault(f"c:{breakdown.name}:{interval.name}:{block}.{group}", {})[str(slot)] = pack(facts.kinds, cell).hex()
        for (breakdown, day), table in facts.names.items():
            for name, number in table.items():
                keys.setdefault(f"n:{facts.breakdowns[breakdown].name}:{day}", {})[name.decode()] = str(number)
        for entity, data in one.packed().items():
            keys.setdefault(f"facts:{facts.fact}", {})[entity.decode()] = data.hex()
        for each, number in facts.sample.items():
            keys.setdefault(f"entities:{facts.fact}", {})[f'["{each}"]'] = str(number)
    return keys


json.dump([folded(*given) for given in json.load(sys.stdin)], sys.stdout)
