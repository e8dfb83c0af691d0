"""What the query API answers, held against the recount: every value of every metric, breakdown and interval, and what an answer says of itself."""
import functools
import json
import time
import urllib.error
import urllib.parse
import urllib.request

import derived
from answers import MOST_VALUES, OVERFLOW, add, merge, same, unescaped
from api_facts import FactsCheck
from api_journeys import JourneysCheck
from faults import CannotRecount
from findings import DIFFERENT, EXTRA, MISSING
from measures import MEASURES

MOST_SERIES = 500
MOST_WINDOWS = 900
MOST_ROWS = 100
WHOLE = {"quantiles": "histogram", "uniques": "uniques"}  # by kind: what is asked of a range as a whole


class Api:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def ask(self, path, **params):
        url = f"{self.url}{path}?{urllib.parse.urlencode({key: value for key, value in params.items() if value is not None})}"
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as fault:
            raise CannotRecount(f"the API answers {fault.code} to {url}: {fault.read(300).decode('utf-8', 'replace')}")
        except (OSError, ValueError) as fault:
            raise CannotRecount(f"the API at {self.url} cannot be asked: {fault}")


class ApiCheck:
    """One source. `folds`: by partition; `ends`: where Kafka's log ends, by partition."""

    def __init__(self, api, source, folds, ends, findings):
        self.api, self.source, self.folds, self.ends, self.findings = api, source, folds, ends, findings
        clocks = [fold.clock.now for fold in folds.values() if fold.clock.now is not None]
        self.clock = max(clocks) if clocks else None

    def run(self):
        for index, breakdown in enumerate(self.source.breakdowns):
            for order, interval in enumerate(self.source.intervals):
                merged = self.merged(index, order)
                for metric in (self.source.metrics[slot] for slot in self.source.kept[index]):
                    for statistic in MEASURES[metric.kind].STATISTICS:
                        self._compare(breakdown, interval, metric, statistic, merged)
                    if interval is self.source.intervals[-1] and metric.kind in WHOLE:
                        self._whole(breakdown, interval, metric, merged)
                for each in self.source.derived:
                    if all(slot in self.source.kept[index] for slot, _statistic in each.of):
                        self._compare(breakdown, interval, each, each.kind, merged)
        FactsCheck(self).run()
        JourneysCheck(self).run()

    def merged(self, index, order):
        """`{label: {window: cell}}` over all partitions; a label is a tuple of values, or OVERFLOW."""
        return merge([(fold.cells, fold.names) for fold in self.folds.values()], index, order, self.source.intervals[order].ms, self.source.kinds)

    def _compare(self, breakdown, interval, metric, statistic, merged):
        windows = sorted({window for row in merged.values() for window in row if self.is_kept(interval, window)})
        fields = [field.name for field in self.source.fields]
        by = [fields[at] for at in breakdown.fields]
        most = min(MOST_WINDOWS, MOST_VALUES // min(MOST_SERIES, len(merged) + 1))
        while windows:
            first = windows[0]
            inside = [window for window in windows if window < first + most]
            windows = windows[len(inside):]
            answer = self.api.ask("/v1/series", metric=self._asked(metric, statistic), by=",".join(by) or None,
                                  interval=interval.name, limit=MOST_SERIES, **{"from": first * interval.ms, "to": (inside[-1] + 1) * interval.ms})
            self.judge(answer["meta"])
            where = {"source": self.source.name, "partition": "all", "key": f"/v1/series {metric.name} by {breakdown.name} every {interval.name}"}
            for series in answer["series"]:
                label = OVERFLOW if series.get("other") else tuple(unescaped(series["labels"].get(field)) for field in by)
                row = merged.get(label, {})
                for at, value in zip(answer["timesMs"], series["values"]):
                    self._value(where, label, at // interval.ms, row.get(at // interval.ms), value, metric, statistic, interval)

    def _whole(self, breakdown, interval, metric, merged):
        """The windows together, where their values are no sum: a union of sets, a histogram."""
        measure, statistic = MEASURES[metric.kind], WHOLE[metric.kind]
        windows = sorted({window for row in merged.values() for window in row if self.is_kept(interval, window)})
        if not windows:
            return
        windows = [window for window in windows if window > windows[-1] - MOST_WINDOWS]  # a range is asked for, and what lies in it may be sparse
        by = [self.source.fields[at].name for at in breakdown.fields]
        answer = self.api.ask("/v1/top", metric=self._asked(metric, statistic), by=",".join(by) or None, limit=MOST_ROWS,
                              **{"from": windows[0] * interval.ms, "to": (windows[-1] + 1) * interval.ms})
        found = {OVERFLOW if row.get("other") else tuple(unescaped(row["labels"].get(field)) for field in by): row for row in answer["rows"]}
        states = {label: functools.reduce(measure.merge, [row[window][metric.slot] for window in windows if window in row], measure.BLANK)
                  for label, row in merged.items()}
        where = {"source": self.source.name, "partition": "all", "key": f"/v1/top {metric.name} by {breakdown.name}"}
        wanted = {label: states.get(label, measure.BLANK) for label in found}
        for label, state in [*wanted.items(), ("total", functools.reduce(measure.merge, states.values(), measure.BLANK))]:
            row = answer["total"] if label == "total" else found[label]
            if row["value"] is None:  # of values that count an event several times there is no total
                continue
            self.findings.checked["values of the API"] += 1
            expected, shown = measure.read(state, "count" if statistic == "histogram" else statistic, metric.decimals), row["value"]
            if statistic == "histogram":
                expected = [expected, measure.buckets(state, metric.decimals)]
                shown = [shown, [(each["from"], each["to"], each["count"]) for each in row["buckets"]]]
            if expected != shown:
                self.findings.differ(DIFFERENT, {**where, "name": f"{json.dumps(label) if label is not OVERFLOW else '__other__'} {statistic}"}, expected, shown)

    def _asked(self, metric, statistic):
        if metric.kind not in MEASURES:
            return f"{self.source.name}.{metric.name}"
        alone = len(MEASURES[metric.kind].STATISTICS) == 1
        return f"{self.source.name}.{metric.name}" + ("" if alone else f".{statistic}")

    def _value(self, where, label, window, cell, value, metric, statistic, interval):
        if not self.is_kept(interval, window):
            return
        self.findings.checked["values of the API"] += 1
        expected, is_rounded = self._expected(cell, metric, statistic, interval)
        if same(expected, value, is_rounded):
            return
        kind = EXTRA if cell is None else MISSING if value is None else DIFFERENT
        shown = "__other__" if label is OVERFLOW else json.dumps(label)
        self.findings.differ(kind, {**where, "window": str(window * interval.ms), "name": f"{shown} {statistic}"}, expected, value)

    def _expected(self, cell, metric, statistic, interval):
        """A value, and whether it is rounded on the way."""
        if metric.kind not in MEASURES:
            return None if cell is None else derived.read(metric, self.source.metrics, cell, interval.ms), True
        expected = None if cell is None else MEASURES[metric.kind].read(cell[metric.slot], statistic, metric.decimals)
        if expected is not None and statistic in getattr(MEASURES[metric.kind], "PER_SECOND", ()):
            expected /= interval.ms / 1000
        return expected, statistic in MEASURES[metric.kind].ROUNDED

    def is_kept(self, interval, window):
        return interval.keep_ms is None or self.clock is None or (window + 1) * interval.ms + interval.keep_ms > self.clock

    def judge(self, meta):
        """What an answer says of itself, against Kafka."""
        stands = {str(partition): fold.next for partition, fold in self.folds.items()}
        if {name: value for name, value in meta["vector"].items() if value or name in stands} != stands:
            raise CannotRecount(f"the API answers at offsets {meta['vector']}, the recount stands at {stands}: audit a log that rests")
        where = {"source": self.source.name, "partition": "all", "key": "/v1/series meta"}
        behind = sum(max(0, self.ends.get(partition, 0) - fold.next) for partition, fold in self.folds.items())
        self.findings.checked["statements of the API"] += 1
        if meta["behindRecords"] < behind or behind == 0 and meta["behindRecords"] > 0 and meta["logEnd"]["from"] == "kafka":
            self.findings.differ(DIFFERENT, {**where, "name": "behindRecords"}, behind, meta["behindRecords"])
        if meta["complete"] > 1 or meta["complete"] == 1 and meta.get("incomplete"):
            self.findings.differ(DIFFERENT, {**where, "name": "complete"}, "1 only where nothing lacks", meta["complete"])
        if meta["asOfMs"] is not None and meta["asOfMs"] > time.time() * 1000 + 1000:
            self.findings.differ(DIFFERENT, {**where, "name": "asOfMs"}, "not after now", meta["asOfMs"])
