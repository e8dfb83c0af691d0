"""What the query API answers of a range of journeys as a whole (docs/journeys.md): shares, what is open, views and visits. Counts by window: api_facts.py."""
from answers import OVERFLOW, merge
from api_facts import FactsCheck, label_of

MOST_NAMES = 500
MOST_WINDOWS = 900
JOURNEYS, ONWARD, VIEWS, VISITS, LATE, OVER = range(6)  # places in a cell


class JourneysCheck:
    """`check`: of the answers of its source."""

    def __init__(self, check):
        self.check, self.facts = check, FactsCheck(check)
        self.parts = self.facts.facts.get("journeys", ())

    def run(self):
        if self.parts:
            order = len(self.parts[0].cells.intervals) - 1
            for steps in range(1, len(self.parts[0].cells.breakdowns) - 2):
                self._compare(steps, order, self.parts[0].cells.intervals[order])

    def _cells(self, breakdown, order, interval):
        return merge([(each.cells.cells, each.cells.names) for each in self.parts], breakdown, order, interval.ms, self.parts[0].cells.kinds)

    def _compare(self, steps, order, interval):
        every = self._cells(0, order, interval).get((), {})
        windows = sorted(window for window in every if self.check.is_kept(interval, window))[-MOST_WINDOWS:]
        if not windows:
            return
        inside = range(max(windows[0], windows[-1] - MOST_WINDOWS + 1), windows[-1] + 1)
        answer = self.check.api.ask("/v1/journeys", source=self.check.source.name, steps=steps, limit=MOST_NAMES,
                                    **{"from": inside[0] * interval.ms, "to": (inside[-1] + 1) * interval.ms})
        self.check.judge(answer["meta"])
        where = {"source": self.check.source.name, "partition": "all", "key": f"/v1/journeys of {steps} steps"}
        sums = {label: _over(row, inside, JOURNEYS) for label, row in self._cells(2 + steps, order, interval).items()}
        self._value(where, "rowsTotal", sum(count > 0 for count in sums.values()), answer["meta"]["rowsTotal"])
        self._whole(where, steps, ("page", "next", "then")[:1 + steps], sums, every, inside, order, interval, answer)

    def _whole(self, where, steps, by, sums, every, inside, order, interval, answer):
        """The range as one. What a share is of is known of the page, or of the next, alone."""
        known = JOURNEYS if steps == 1 else ONWARD
        wholes = [{label: _over(row, inside, known) for label, row in self._cells(breakdown, order, interval).items()} for breakdown in (1, 2)]
        for each in answer["rows"]:
            label = label_of(each, by)
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
        self.facts.value(where, name, expected, value, is_rounded)


def _over(row, inside, place):
    return sum(cell[place] for window, cell in row.items() if window in inside)


def _named(label, figure):
    return f"{'__other__' if label is OVERFLOW else ' > '.join(str(each) for each in label)} {figure}"
