"""Rankings: the cells again, in the order of a measure, recounted against stored, both ways."""
from findings import shown
from javascript import parse, utf8
from keys import DAY_MS, RANKING, ranking_due
from rules import WINDOW_SHIFT

MINUTE_MS = 60_000
OTHER = "__other__"


class RankingCheck:
    """One partition, after its cells: where those agree, a difference here is one of rankings alone."""

    def __init__(self, source, partition, fold, stored, findings):
        self.source, self.partition, self.fold, self.findings = source, partition, fold, findings
        self.stored = {suffix: members for suffix, members in stored.items() if suffix.startswith("z:")}
        self.members = {}  # (breakdown index, day) -> {id: member}

    def run(self):
        expected = self._expected()
        for suffix in sorted(expected.keys() | self.stored.keys()):
            found = self.stored.get(suffix)
            if found is None and self._past(suffix):
                continue  # it goes whole, so what is still there must be whole
            self._compare(suffix, expected.get(suffix, {}), found or {})

    def _expected(self):
        """`{suffix: {member: score}}`"""
        rankings, indices = {}, {breakdown.name: index for index, breakdown in enumerate(self.source.breakdowns)}
        for metric in self.source.metrics:
            for breakdown in metric.rank:
                for order, interval in ranked(self.source.intervals):
                    for key, cell in self.fold.cells[indices[breakdown]][order].items():
                        window, name_id = key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1
                        member = self._member(indices[breakdown], window * interval.ms // DAY_MS, name_id)
                        rankings.setdefault(f"z:{metric.name}:{breakdown}:{interval.name}:{window}", {})[member] = float(cell[metric.slot])
        return rankings

    def _member(self, index, day, name_id):
        members = self.members.get((index, day))
        if members is None:
            members = self.members[index, day] = {given: member_of(name) for name, given in self.fold.names.get((index, day), {}).items()}
            members[0] = OTHER.encode()
        return members[name_id]

    def _past(self, suffix):
        parts = RANKING.fullmatch(suffix)
        interval = next(each for each in self.source.intervals if each.name == parts["interval"])
        due = ranking_due(interval, int(parts["window"]))
        return due is not None and self.fold.clock.now is not None and due <= self.fold.clock.now

    def _compare(self, suffix, expected, found):
        for member in sorted(expected.keys() | found.keys()):
            where = {"source": self.source.name, "partition": self.partition, "key": suffix, "name": shown(member)}
            self.findings.same(where, expected.get(member), float(found[member]) if member in found else None)
        self.findings.checked["ranked"] += len(expected)


def ranked(intervals):
    """`(index, interval)` of the minute, where it is kept, and of the coarsest."""
    return [(index, interval) for index, interval in enumerate(intervals) if interval.ms == MINUTE_MS or index == len(intervals) - 1]


def member_of(name):
    """The bare value of a name of one field, where it cannot be mistaken for anything else; the name elsewhere."""
    values = parse(name.decode())
    if len(values) > 1 or not isinstance(values[0], str):
        return name
    value, = values
    has_half_pair = any("\ud800" <= char <= "\udfff" for char in value)
    return name if value.startswith("[") or value == OTHER or has_half_pair else utf8(value)
