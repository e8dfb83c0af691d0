"""What the query API answers of journeys (docs/journeys.md), held against the recount: transitions of one step and of two, by window and of the range as a whole."""
from answers import OVERFLOW, merge

MOST_NAMES = 500
MOST_WINDOWS = 900
MOST_VALUES = 400_000
JOURNEYS, ONWARD, VIEWS, VISITS, LATE, OVER = range(6)  # places in a cell


class JourneysCheck:
    """`facts`: the check of facts, which compares values."""

    def __init__(self, facts, parts):
        self.facts, self.check, self.parts = facts, facts.check, parts
        self.first = parts[0].cells

    def run(self):
        for steps in range(1, len(self.first.breakdowns) - 2):
            for order, interval in enumerate(self.first.intervals):
                self._compare(steps, order, interval)

    def _cells(self, breakdown, order, interval):
        return merge([(each.cells.cells, each.cells.names) for each in self.parts], breakdown, order, interval.ms, self.first.kinds)

    def _compare(self, steps, order, interval):
        merged, every = self._cells(2 + steps, order, interval), self._cells(0, order, interval).get((), {})
        windows = sorted(window for window in every if self.check.is_kept(interval, window))
        most = max(1, min(MOST_WINDOWS, MOST_VALUES // min(MOST_NAMES, len(merged) + 1)))
        windows = windows[-most:]
        if not windows:
            return
        first, last = max(windows[0], windows[-1] - most + 1), windows[-1]
        inside = range(first, last + 1)
        answer = self.check.api.ask("/v1/journeys", source=self.facts.source.name, steps=steps, interval=interval.name, limit=MOST_NAMES,
                                    **{"from": first * interval.ms, "to": (last + 1) * interval.ms})
        self.check.judge(answer["meta"])
        where = {"source": self.facts.source.name, "partition": "all", "key": f"/v1/journeys of {steps} steps every {interval.name}"}
        by = ("page", "next", "then")[:1 + steps]
        found = {self.facts._label(each, by): each["journeys"] for each in answer["windows"]["names"]}
        for label, counts in found.items():
            for at, time_ms in enumerate(answer["windows"]["timesMs"]):
                expected = merged.get(label, {}).get(time_ms // interval.ms, [0])[0]
                self._value({**where, "window": str(time_ms)}, _named(label, "journeys"), expected, counts[at])
        sums = {label: _over(row, inside, JOURNEYS) for label, row in merged.items()}
        if answer["others"] is None:
            for label, count in sums.items():
                if count and label not in found:
                    self._value(where, _named(label, "journeys"), count, None)
        self._value(where, "rowsTotal", sum(count > 0 for count in sums.values()), answer["meta"]["rowsTotal"])
        if order == len(self.first.intervals) - 1:
            self._whole(where, steps, by, sums, every, inside, order, interval, answer)

    def _whole(self, where, steps, by, sums, every, inside, order, interval, answer):
        """The range as one. What a share is of is known of the page, or of the next, alone."""
        known = JOURNEYS if steps == 1 else ONWARD
        wholes = [{label: _over(row, inside, known) for label, row in self._cells(breakdown, order, interval).items()} for breakdown in (1, 2)]
        for each in answer["rows"]:
            label = self.facts._label(each, by)
            count = sums.get(label, 0)
            self._value(where, _named(label, "journeys of all"), count, each["journeys"])
            if "cut" in each:
                continue  # its page has another name alone
            for place, name in enumerate(("ofPage", "ofNext")):
                whole = None if label is OVERFLOW else wholes[place].get((label[place],))
                self._value(where, _named(label, name), count / whole if whole else None, each[name], True)
        self._value(where, "total", sum(sums.values()), answer["total"]["journeys"])
        for name, place in (("views", VIEWS), ("visits", VISITS), ("late", LATE), ("over", OVER)):
            self._value(where, name, _over(every, inside, place), answer["meta"][name])
        stops = _over(every, inside, VIEWS) + _over(every, inside, VISITS)
        self._value(where, "open", stops - _over(every, inside, known), answer["meta"]["open"])

    def _value(self, where, name, expected, value, is_rounded=False):
        self.facts._value(where, name, expected, value, is_rounded)


def _over(row, inside, place):
    return sum(cell[place] for window, cell in row.items() if window in inside)


def _named(label, figure):
    return f"{'__other__' if label is OVERFLOW else ' > '.join(str(each) for each in label)} {figure}"
