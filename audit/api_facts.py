"""
What the query API answers of sessions, funnels, cohorts and journeys (docs/sessions.md, funnels.md, retention.md, journeys.md), held against the
recount: every figure of every breakdown and interval.
"""
import datetime
import json

from answers import MOST_VALUES, OVERFLOW, add, merge, same, unescaped
from findings import DIFFERENT, EXTRA, MISSING

MOST_NAMES = 500
MOST_WINDOWS = 900
MOST_COHORTS = 60
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


def ratio(amount, of):
    return amount / of if of else None


def session_figures(sums):
    """What a ratio is of is taken from sums of the whole, never from ratios of its parts."""
    sessions, bounces, pages, duration = sums[:4]
    return {"sessions": sessions, "bounceRate": ratio(bounces, sessions), "pagesASession": ratio(pages, sessions), "averageMs": ratio(duration, sessions)}


class FactsCheck:
    """`check`: of the answers of its source; what is said of itself is judged there."""

    def __init__(self, check):
        self.check, self.source, self.findings = check, check.source, check.findings
        self.facts = {}  # name -> what each partition has of it
        for fold in check.folds.values():
            for each in getattr(fold, "facts", ()):
                self.facts.setdefault(each.cells.fact, []).append(each)

    def run(self):
        for fact, parts in self.facts.items():
            if fact.startswith("retention-"):
                CohortCheck(self, fact, parts).run()
                continue
            kind = Sessions(parts) if fact == "sessions" else Journeys(parts) if fact == "journeys" else Funnel(parts, fact.partition("-")[2])
            first = parts[0].cells
            for index, breakdown in enumerate(first.breakdowns):
                by = kind.by(breakdown.name.partition(".")[2].split("+") if index else [])
                for order, interval in enumerate(first.intervals if by is not None else ()):
                    self._compare(kind, by, interval, merged_of(parts, index, order), is_coarsest=interval is first.intervals[-1])

    def _compare(self, kind, by, interval, merged, is_coarsest):
        windows = sorted({window for row in merged.values() for window in row if self.check.is_kept(interval, window)})
        most = max(1, min(MOST_WINDOWS, MOST_VALUES // (min(MOST_NAMES, len(merged) + 1) * kind.width)))
        windows = windows[-most:]
        if not windows:
            return
        first, last = max(windows[0], windows[-1] - most + 1), windows[-1]
        answer = self.check.api.ask(kind.path, **kind.asking(by), source=self.source.name, interval=interval.name, limit=MOST_NAMES,
                                    **{"from": first * interval.ms, "to": (last + 1) * interval.ms})
        self.check.judge(answer["meta"])
        where = {"source": self.source.name, "partition": "all", "key": f"{kind.path} {kind.title} by {'+'.join(by) or 'all'} every {interval.name}"}
        inside = {label: {window: cell for window, cell in row.items() if first <= window <= last} for label, row in merged.items()}
        found = {label_of(each, by): each for each in answer["windows"]["names"]}
        for label, each in found.items():
            for at, time_ms in enumerate(answer["windows"]["timesMs"]):
                self._figures({**where, "window": str(time_ms)}, label, kind, inside.get(label, {}).get(time_ms // interval.ms), kind.window(each, at))
        sums = {label: self._sum(row.values(), kind) for label, row in inside.items()}
        self._missing(where, kind, sums, found, answer)
        if is_coarsest:
            self._whole(where, by, kind, sums, answer)

    def _whole(self, where, by, kind, sums, answer):
        """The range as one: its names, all of them, and what is in none."""
        for each in answer["rows"]:
            label = label_of(each, by)
            self._figures(where, label, kind, sums.get(label), kind.row(each))
        if by:
            return  # what is in none is held against the total alone
        every = sums.get((), None)
        self._figures(where, "total", kind, every, kind.row(answer["total"]))
        for place, name in enumerate(("late", "over")):
            self.value(where, name, (every or [0] * kind.sums)[kind.sums - 3 + place], answer["meta"][name], False)

    def _missing(self, where, kind, sums, found, answer):
        """Names that have something are told, but for those past the limit, which are counted."""
        named = [label for label, cell in sums.items() if cell[0] > 0]
        if answer["others"] is None:
            for label in named:
                if label not in found:
                    self.findings.differ(MISSING, {**where, "name": shown(label)}, sums[label][0], None)
        self.findings.checked["values of the API"] += 1
        if answer["meta"]["rowsTotal"] < len(named):
            self.findings.differ(DIFFERENT, {**where, "name": "rowsTotal"}, len(named), answer["meta"]["rowsTotal"])

    def _sum(self, cells, kind):
        whole = [0] * kind.sums
        for cell in cells:
            whole = add(["sum"] * kind.sums, whole, cell)
        return whole

    def _figures(self, where, label, kind, cell, figures):
        for name, expected in kind.figures(cell if cell is not None else [0] * kind.sums).items():
            self.value(where, f"{shown(label)} {name}", expected, figures[name], name not in kind.whole)

    def value(self, where, name, expected, value, is_rounded):
        self.findings.checked["values of the API"] += 1
        if not same(expected, value, is_rounded):
            kind = EXTRA if not expected else MISSING if value is None else DIFFERENT
            self.findings.differ(kind, {**where, "name": name}, expected, value)


def label_of(each, by):
    return OVERFLOW if each.get("other") else tuple(unescaped(each["labels"].get(field)) for field in by)


def merged_of(parts, index, order):
    first = parts[0].cells
    return merge([(each.cells.cells, each.cells.names) for each in parts], index, order, first.intervals[order].ms, first.kinds)


def shown(label):
    return label if isinstance(label, str) else "__other__" if label is OVERFLOW else json.dumps(label)


class Sessions:
    path, title, whole, width = "/v1/sessions", "sessions", ("sessions",), 4

    def __init__(self, parts):
        self.sums = len(parts[0].cells.metrics)

    figures = staticmethod(session_figures)

    @staticmethod
    def by(fields):
        return fields

    @staticmethod
    def asking(by):
        return {"by": ",".join(by) or None}

    @staticmethod
    def window(each, at):
        return {name: each[name][at] for name in ("sessions", "bounceRate", "pagesASession", "averageMs")}

    @staticmethod
    def row(each):
        return each


class Funnel(Sessions):
    path = "/v1/funnel"

    def __init__(self, parts, name):
        super().__init__(parts)
        self.width, self.title = self.sums - 3, name
        self.whole = [f"step {at + 1}" for at in range(self.width)]

    def asking(self, by):
        return {"funnel": self.title, "by": ",".join(by) or None}

    def figures(self, sums):
        return dict(zip(self.whole, sums))

    def window(self, each, at):
        return {name: counts[at] for name, counts in zip(self.whole, each["steps"])}

    def row(self, each):
        return {name: step["count"] for name, step in zip(self.whole, each["steps"])}


class Journeys(Sessions):
    """Transitions of one step and of two; of a page alone the API tells shares only."""
    path, title, whole, width = "/v1/journeys", "journeys", ("journeys",), 1

    @staticmethod
    def by(fields):
        return fields if len(fields) > 1 else None

    @staticmethod
    def asking(by):
        return {"steps": len(by) - 1}

    @staticmethod
    def figures(sums):
        return {"journeys": sums[0]}

    @staticmethod
    def window(each, at):
        return {"journeys": each["journeys"][at]}


class CohortCheck:
    """Cohorts of one retention by one unit; a cohort lies on the day of its date in UTC."""

    def __init__(self, check, fact, parts):
        self.check, self.parts = check, parts
        _kind, self.name, self.unit = fact.split("-")

    def run(self):
        cells = self.parts[0].cells
        for index, breakdown in enumerate(cells.breakdowns):
            merged = merged_of(self.parts, index, 0)
            by = breakdown.name.partition(".")[2].split("+") if index else []
            days = sorted({day for row in merged.values() for day in row if self.check.check.is_kept(cells.intervals[0], day)})[-MOST_COHORTS:]
            if days:
                self._compare(by, days, {label: row for label, row in merged.items()})

    def _compare(self, by, days, merged):
        api, periods = self.check.check.api, self.parts[0].periods
        dates = [datetime.date.fromordinal(EPOCH_DAY + day).isoformat() for day in (days[0], days[-1] + 1)]
        answer = api.ask("/v1/retention", source=self.check.source.name, retention=self.name, unit=self.unit, by=",".join(by) or None, limit=MOST_NAMES,
                         tz=self.parts[0].zone, **{"from": dates[0], "to": dates[1]})
        self.check.check.judge(answer["meta"])
        where = {"source": self.check.source.name, "partition": "all", "key": f"/v1/retention {self.name} by {'+'.join(by) or 'all'} every {self.unit}"}
        found = set()
        for each in answer["rows"]:
            day, label = _day(each), label_of(each, by)
            found.add((label, day))
            cell = merged.get(label, {}).get(day, [0] * (periods + 4))
            for name, expected, value in [("members", cell[0], each["size"]), *((f"period {at + 1}", cell[1 + at], value) for at, value in enumerate(each["back"]))]:
                self.check.value({**where, "name": each["cohort"]}, f"{shown(label)} {name}", expected, value, False)
        if not by:
            self._together(where, answer["total"], answer["rows"], merged.get((), {}))
        for each in answer.get("names", ()):
            label = label_of(each, by)
            self._together({**where, "name": shown(label)}, each, [row for row in answer["rows"] if label_of(row, by) == label], merged.get(label, {}))
        for label, row in merged.items():
            for day in days:
                if row.get(day, [0])[0] > 0 and (label, day) not in found and not answer.get("others"):
                    self.check.findings.differ(MISSING, {**where, "name": f"{shown(label)} of day {day}"}, row[day][0], None)
        if not by:
            for place, name in enumerate(("late", "over")):
                every = sum(row[day][periods + 1 + place] for row in merged.values() for day in days if day in row)
                self.check.value(where, name, every, answer["meta"][name], False)

    def _together(self, where, told, rows, members):
        """Cohorts added up: all of them, and of each period those that are known and in which it is over. A share is of those alone."""
        known = [(each, members.get(_day(each), [0] * (self.parts[0].periods + 4))) for each in rows if each["size"] is not None]
        self._value(where, "size", sum(cell[0] for _each, cell in known) if known else None, told["size"])
        for place, each in enumerate(told["periods"]):
            period = place + 1
            over = [cell for row, cell in known if row["finished"] > period]
            size, back = sum(cell[0] for cell in over), sum(cell[period] for cell in over)
            for name, expected in (("period", period), ("cohorts", len(over)), ("size", size), ("back", back)):
                self._value(where, f"period {period} {name}", expected, each[name])
            self._value(where, f"period {period} share", back / size if size else None, each["share"], True)

    def _value(self, where, name, expected, value, is_rounded=False):
        self.check.value(where, f"{where.get('name', 'all')} {name}", expected, value, is_rounded)


def _day(row):
    return datetime.date.fromisoformat(row["cohort"]).toordinal() - EPOCH_DAY
