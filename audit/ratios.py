"""
Metrics divided by one of another source (`per=`, docs/api.md): for each two sources the first metric of the one by the first of the other, of every breakdown
and interval that both have, window by window, from the cells of the recount. And where either stood, as the answer says it.
"""
import itertools
import math

from api import MOST_SERIES, MOST_WINDOWS, OVERFLOW, unescaped
from faults import CannotRecount
from findings import DIFFERENT
from measures import MEASURES

MOST_PAIRS = 12


class RatioCheck:
    """`checks`: the ApiCheck of each source."""

    def __init__(self, checks, findings):
        self.checks, self.findings = checks, findings

    def run(self):
        for of, per in itertools.islice(itertools.permutations(self.checks, 2), MOST_PAIRS):
            if of.source.metrics and per.source.metrics:
                self._pair(of, per)

    def _pair(self, of, per):
        for (at, by), (other_at, other_by) in itertools.product(breakdowns(of.source), breakdowns(per.source)):
            if by != other_by or 0 not in of.source.kept[at] or 0 not in per.source.kept[other_at]:
                continue
            for (order, interval), (other_order, other) in itertools.product(enumerate(of.source.intervals), enumerate(per.source.intervals)):
                if (interval.name, interval.ms) == (other.name, other.ms):
                    self._compare(of, per, by, interval, other, of.merged(at, order), per.merged(other_at, other_order))

    def _compare(self, of, per, by, interval, other, tops, bottoms):
        if max(len(tops), len(bottoms)) > MOST_SERIES:
            return
        windows = sorted({window for row in bottoms.values() for window in row
                          if of.is_kept(interval, window) and per.is_kept(other, window)})[-MOST_WINDOWS:]
        windows = [window for window in windows if window > windows[-1] - MOST_WINDOWS]
        if not windows:
            return
        names = [name(check) for check in (of, per)]
        answer = of.api.ask("/v1/series", metric=names[0], per=names[1], by=",".join(by) or None, interval=interval.name, limit=MOST_SERIES,
                            **{"from": windows[0] * interval.ms, "to": (windows[-1] + 1) * interval.ms})
        where = {"source": of.source.name, "partition": "all", "key": f"/v1/series {names[0]} per {names[1]} by {'+'.join(by)} every {interval.name}"}
        self._judge(where, of, per, answer["meta"])
        for series in answer["series"]:
            label = OVERFLOW if series.get("other") else tuple(unescaped(series["labels"].get(field)) for field in by)
            for start, value in zip(answer["timesMs"], series["values"]):
                window = start // interval.ms
                if not (of.is_kept(interval, window) and per.is_kept(other, window)):
                    continue
                self.findings.checked["values of the API"] += 1
                expected = quotient(read(of, tops.get(label, {}).get(window), interval), read(per, bottoms.get(label, {}).get(window), other))
                # What is not known is told as nothing, such as the time before the log began.
                if not (value is None and not expected) and not (expected is not None and value is not None and math.isclose(expected, value, rel_tol=1e-12)):
                    self.findings.differ(DIFFERENT, {**where, "window": str(start), "name": str(label) if label is not OVERFLOW else "__other__"}, expected, value)

    def _judge(self, where, of, per, meta):
        self.findings.checked["statements of the API"] += 1
        of.judge(meta)
        stands = {str(partition): fold.next for partition, fold in per.folds.items()}
        if {partition: value for partition, value in meta["per"]["vector"].items() if value or partition in stands} != stands:
            raise CannotRecount(f"the API divides by offsets {meta['per']['vector']}, the recount stands at {stands}: audit a log that rests")
        if meta["complete"] > meta["per"]["complete"]:
            self.findings.differ(DIFFERENT, {**where, "name": "complete"}, "no more than of what is divided by", meta["complete"])


def breakdowns(source):
    return [(at, [source.fields[field].name for field in breakdown.fields]) for at, breakdown in enumerate(source.breakdowns)]


def name(check):
    metric = check.source.metrics[0]
    return check._asked(metric, MEASURES[metric.kind].STATISTICS[0])


def read(check, cell, interval):
    """Of no cell: what nothing at all comes to, which is 0 where things are counted and None elsewhere."""
    metric = check.source.metrics[0]
    statistic = MEASURES[metric.kind].STATISTICS[0]
    if cell is None:
        return MEASURES[metric.kind].read(MEASURES[metric.kind].BLANK, statistic, metric.decimals)
    return check._expected(cell, metric, statistic, interval)[0]


def quotient(top, bottom):
    return None if top is None or not bottom else top / bottom
