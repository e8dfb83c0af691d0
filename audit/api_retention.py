"""What the query API answers of retention (docs/retention.md), held against the recount: every cohort of every breakdown, and all of them together."""
from datetime import timedelta

from answers import merge
from keys import DAY_MS
from retention import EPOCH

MOST_NAMES = 500
MOST_VALUES = 200_000


class RetentionCheck:
    """`facts`: the check of facts; `parts`: what each partition has of this one."""

    def __init__(self, facts, parts):
        self.facts, self.parts, self.first = facts, parts, parts[0]
        self.calendar, self.periods = self.first.calendar, self.first.periods
        _, self.name, self.unit = self.first.cells.fact.split("-")

    def start(self, day):
        """When the day of that date begins in the zone; where midnight never was, when clocks were set."""
        date = (EPOCH + timedelta(days=day)).replace(tzinfo=self.calendar.zone or EPOCH.tzinfo)
        return round((date - EPOCH) / timedelta(milliseconds=1))

    def run(self):
        cells = self.first.cells
        interval = cells.intervals[0]
        for index, breakdown in enumerate(cells.breakdowns):
            merged = merge([(each.cells.cells, each.cells.names) for each in self.parts], index, 0, DAY_MS, cells.kinds)
            by = [] if index == 0 else breakdown.name.partition(".")[2].split("+")
            days = sorted({day for row in merged.values() for day in row if self.facts.check.is_kept(interval, day)})
            most = max(1, min(900, MOST_VALUES // (min(MOST_NAMES, len(merged) + 1) * (self.periods + 1)))) * self.calendar.days
            days = [day for day in days if day > days[-1] - most]
            if days:
                self._compare(by, merged, days[0], days[-1])

    def _compare(self, by, merged, first, last):
        answer = self.facts.check.api.ask("/v1/retention", source=self.facts.source.name, retention=self.name, unit=self.unit, by=",".join(by) or None, limit=MOST_NAMES,
                                          **{"from": self.start(first), "to": self.start(last + self.calendar.days)})
        self.facts.check.judge(answer["meta"])
        self.as_of = answer["meta"]["asOfMs"]
        where = {"source": self.facts.source.name, "partition": "all", "key": f"/v1/retention {self.name} by {self.unit} and {'+'.join(by) or 'all'}"}
        inside = {label: {day: cell for day, cell in row.items() if first <= day <= last} for label, row in merged.items()}
        for each in answer["rows"]:
            label = self.facts.label(each, by)
            day = (EPOCH.fromisoformat(each["cohort"] + "T00:00:00+00:00") - EPOCH).days
            self._cohort({**where, "window": each["cohort"]}, day, inside.get(label, {}).get(day), each)
        named = {self.facts.label(each, by): each for each in answer.get("names", ())}
        members = {label for label, row in inside.items() if sum(cell[0] for cell in row.values()) > 0}
        if by:
            self.facts.value(where, "namesTotal", len(members), answer["meta"]["namesTotal"], False)
            for label in members if answer["others"] is None else named:
                self._together({**where, "name": str(label)}, inside.get(label, {}), named.get(label, {"size": None, "periods": []}))
            return
        every = inside.get((), {})
        self._together({**where, "name": "total"}, every, answer["total"])
        for place, name in enumerate(("late", "over")):
            self.facts.value(where, name, sum(cell[self.periods + 1 + place] for cell in every.values()), answer["meta"][name], False)

    def _cohort(self, where, day, cell, each):
        cell = cell or [0] * (self.periods + 1)
        self.facts.value(where, "size", cell[0], each["size"], False)
        self.facts.value(where, "startMs", self.start(day), each["startMs"], False)
        self.facts.value(where, "finished", self._finished(day), each["finished"], False)
        for period in range(1, self.periods + 1):
            back, share = each["back"][period - 1], each["share"][period - 1]
            has_begun = self.start(day + period * self.calendar.days) < self.as_of
            if has_begun or back is not None:
                self.facts.value(where, f"back {period}", cell[period] if has_begun else None, back, False)
                self.facts.value(where, f"share {period}", cell[period] / cell[0] if cell[0] else None, share, True)

    def _finished(self, day):
        return sum(self.start(day + (period + 1) * self.calendar.days) <= self.as_of for period in range(self.periods + 1))

    def _together(self, where, row, found):
        """Days of which nothing is stored add nothing, whether the answer knows of them or not."""
        self.facts.value(where, "size", sum(cell[0] for cell in row.values()), found["size"], False)
        for each in found["periods"]:
            period = each["period"]
            over = [cell for day, cell in row.items() if self._finished(day) > period]
            size, back = sum(cell[0] for cell in over), sum(cell[period] for cell in over)
            for name, expected in (("size", size), ("back", back), ("share", back / size if size else None)):
                self.facts.value(where, f"{name} of period {period}", expected, each[name], name == "share")
