"""Facts: what the events of one key come to together. Their cells are those of a source of their own, with breakdowns named after the fact."""
import hashlib
from collections import namedtuple

from definition import Breakdown
from keys import WINDOW_SHIFT
from names import finds_a_place, name_of

PLACES = 256  # of the sample of entities
Sum = namedtuple("Sum", "kind name slot")


class Cells:
    """Of one fact in one partition; `cells[breakdown][interval]` as those of events. `split`: [(name, fields), ...] without the total; `intervals`, `budget` of names: where it has others than the source."""

    def __init__(self, source, fact, split, sums, intervals=None, budget=None):
        self.source, self.fact, self.budget = source, fact, source.budget if budget is None else budget
        self.name, self.intervals = source.name, source.intervals if intervals is None else intervals
        self.breakdowns = [Breakdown(f"{fact}.{name}", fields) for name, fields in [("all", []), *split]]
        self.metrics = [Sum("sum", name, slot) for slot, name in enumerate(sums)]
        self.kinds = ["sum"] * len(sums)
        self.kept = [range(len(sums)) for _ in self.breakdowns]  # places of the metrics of each breakdown
        self.cells = [[{} for _ in self.intervals] for _ in self.breakdowns]
        self.names = {}  # (breakdown, day) -> {name: id}
        self.sample = {}  # place -> least hash

    def name_id(self, breakdown, day, parts, place):
        table, name = self.names.setdefault((breakdown, day), {}), name_of(parts)
        if name not in table:
            if not finds_a_place(len(table), self.budget, *place):
                return 0
            table[name] = len(table) + 1
        return table[name]

    def windows(self, at, clock):
        """Intervals that keep what begins then, with its window."""
        return [(index, at // ms) for index, (_name, ms, keep_ms) in enumerate(self.intervals)
                if keep_ms is None or clock is None or (at // ms + 1) * ms + keep_ms > clock]

    def add(self, at, ids, amounts, clock):
        for index, window in self.windows(at, clock):
            for breakdown, name_id in enumerate(ids):
                cell = self.cells[breakdown][index].setdefault(window << WINDOW_SHIFT | name_id, [0] * len(self.kinds))
                for slot, amount in enumerate(amounts):
                    cell[slot] += amount

    def tell(self, slot, at, clock):
        """One more of what is no fact's, in the total alone."""
        self.add(at, [1], [int(each == slot) for each in range(len(self.kinds))], clock)

    def sampled(self, entity):
        digest = hashlib.sha256(entity).digest()
        place, number = digest[6] % PLACES, int.from_bytes(digest[:6], "big") + 1
        self.sample[place] = min(number, self.sample.get(place, number))
