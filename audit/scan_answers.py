"""
Recounts answers that were read from the log: for each question its own filter, its own windows and its own sums over the records on disk.
Written from docs/scan.md; shares no code with the API. Exit codes as of recount.py: 0 agrees, 1 differs.
"""
import argparse
import json
import math
import re
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import derived
from conditions import predicate, texts as names
from decimal_units import units
from decode import Record, Reject, judged
from definition import Source, holds
from measures import MEASURES
from names import name_of
from segments import SegmentLog

def pieces(text, mark):
    """Split at a mark that has no backslash before it; every other backslash stays."""
    parts, at = [""], 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            parts[-1] += mark if text[at + 1] == mark else text[at:at + 2]
            at += 2
        elif text[at] == mark:
            parts.append("")
            at += 1
        else:
            parts[-1] += text[at]
            at += 1
    return parts


def condition(source, text):
    """A predicate over the values of an event, in declared order."""
    return predicate(lambda name: (source.index[name], source.fields[source.index[name]].type == "number"), spelled(text))


def spelled(text):
    if text.startswith("("):
        return {"any": [spelled(one) for one in pieces(text[1:-1], "|")]}
    name, op, rest = text.split(":", 2)
    values = [one.replace("\\\\", "\\") for one in pieces(rest, ",")]
    return {"field": name, "op": "is" if op == "in" else op, "values": values}


def events_of(source, log):
    """`[(time, values, place)]` of every event that counts, over all partitions."""
    events, next_offsets = [], {}
    for partition in log.partitions(source.topic):
        opened = log.open(source.topic, partition)
        next_offsets[str(partition)] = opened.end
        source.joined.begin(log, partition)
        for kind, offset, ts, key, value, headers in opened.records():
            if kind != "data":
                continue
            source.joined.move_to(offset)
            try:
                found, _refused = judged(source, value, Record(ts if ts >= 0 else None, key, headers))
            except Reject:
                continue
            events.extend((at, values, (at, offset, index)) for index, (at, values, *_) in enumerate(found))
    return events, next_offsets


def day_starts(zone, first_ms, behind_ms):
    """Midnights from the one at or before `first_ms` to the first at or after `behind_ms`."""
    day = datetime.fromtimestamp(first_ms / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    starts = []
    while True:
        starts.append(round(day.replace(tzinfo=zone).astimezone(timezone.utc).timestamp() * 1000))
        if starts[-1] >= behind_ms:
            return starts
        day += timedelta(days=1)


class Plain:
    """What a metric comes to."""

    def __init__(self, source, metric, statistic=None):
        self.metric, self.measure = metric, MEASURES[metric.kind]
        self.statistic, self.blank = statistic or self.measure.STATISTICS[0], self.measure.BLANK

    def add(self, state, values, place):
        taken = self.take(values)
        return state if taken is None else self.measure.add(state, taken, place)

    def take(self, values):
        """What the metric takes of an event, or None: a field that is absent, or a condition of the metric's own."""
        if not holds(self.metric.where, values):
            return None
        if self.metric.field is None:
            return 1
        value = values[self.metric.field]
        if value is None or self.measure.INPUT != "number":
            return value
        return units(value, self.metric.decimals)

    def read(self, state, length_ms):
        value = self.measure.read(state, self.statistic, self.metric.decimals)
        if value is not None and self.statistic in getattr(self.measure, "PER_SECOND", ()):
            value /= length_ms / 1000
        return value


class Derived:
    """What one comes to that is worked out from others."""

    def __init__(self, source, metric):
        self.source, self.metric = source, metric
        self.all = [Plain(source, one) for one in source.metrics]
        self.blank = tuple(one.blank for one in self.all)

    def add(self, states, values, place):
        used = {at for at, _statistic in self.metric.of}
        return tuple(one.add(state, values, place) if at in used else state for at, (one, state) in enumerate(zip(self.all, states)))

    def read(self, states, length_ms):
        return derived.read(self.metric, self.source.metrics, states, length_ms)


class Check:
    def __init__(self, source, events, next_offsets):
        self.source, self.events, self.next_offsets = source, events, next_offsets
        self.values, self.faults = 0, []

    def one(self, asked, kind, answer):
        """Takes `{metric, by, where, from, to, interval, tz}` and what was answered."""
        self.asked = asked
        meta = answer["meta"]
        if meta["from"] != "log":
            return self.fault(f"was answered from {meta['from']}, not from the log")
        if meta["vector"] != self.next_offsets:
            return self.fault(f"is as of {meta['vector']}, the log ends at {self.next_offsets}")
        _source, name, statistic = (asked["metric"].split(".") + [None])[:3]
        self.metric = next(one for one in [*self.source.metrics, *self.source.derived] if one.name == name)
        self.asks = Derived(self.source, self.metric) if self.metric in self.source.derived else Plain(self.source, self.metric, statistic)
        tests = [condition(self.source, text) for text in asked.get("where", ())]
        by = [self.source.index[field] for field in asked.get("by", "").split(",") if field]
        edges = self.edges(meta, kind)
        cells = {}
        for at, values, place in self.events:
            if not edges[0] <= at < edges[-1] or not all(test(values) for test in tests):
                continue
            window = max(n for n, edge in enumerate(edges) if edge <= at) if len(edges) < 4 else self.find(edges, at)
            for label in self.labels(by, values):
                cells[label, window] = self.asks.add(cells.get((label, window), self.asks.blank), values, place)
        (self.series if kind == "series" else self.top)(answer, [self.source.fields[at].name for at in by], cells, edges)

    @staticmethod
    def find(edges, at):
        low, high = 0, len(edges) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if edges[middle] <= at else (low, middle)
        return low

    def edges(self, meta, kind):
        first, behind = self.asked["from"], self.asked["to"]
        if kind == "top":
            if not meta["fromMs"] <= first < behind <= meta["toMs"]:
                self.fault(f"covers {meta['fromMs']} to {meta['toMs']}")
            return [meta["fromMs"], meta["toMs"]]
        if self.asked["interval"] == "1d":
            return day_starts(ZoneInfo(self.asked.get("tz", "UTC")), first, behind)
        ms = next(one.ms for one in self.source.intervals if one.name == meta["interval"])
        if self.asked["interval"] not in ("auto", meta["interval"]):
            self.fault(f"is at {meta['interval']}")
        return [window * ms for window in range(first // ms, -(-behind // ms) + 1)]

    def labels(self, by, values):
        all_labels = [()]
        for at in by:
            found = names(values[at]) or (None,)
            all_labels = [label + (one,) for label in all_labels for one in found]
        return [tuple(json.loads(name_of(label))) if label else label for label in all_labels]  # a long one is cut, as in a breakdown

    def series(self, answer, by, cells, edges):
        if answer["timesMs"] != edges[:-1]:
            return self.fault(f"has the windows {answer['timesMs'][:3]} ..., not {edges[:3]} ...")
        expected = {label for label, _window in cells}
        found = {tuple(series["labels"][field] for field in by) for series in answer["series"]}
        limit = int(self.asked.get("limit", 50))
        if not found <= expected | ({()} if not by else set()):
            self.fault(f"has series that no event makes: {sorted(found - expected, key=str)[:3]}")
        if answer["meta"]["seriesTotal"] != max(len(expected), 0 if by else 1) or len(found) != min(limit, max(len(expected), 0 if by else 1)):
            self.fault(f"has {len(found)} of {answer['meta']['seriesTotal']} series, {len(expected)} are in the log")
        for series in answer["series"]:
            label = tuple(series["labels"][field] for field in by)
            for window, value in enumerate(series["values"]):
                if not self.is_known(answer["meta"], edges[window], edges[window + 1]):
                    continue
                self.value(label, edges[window], cells.get((label, window)), value, edges[window + 1] - edges[window])

    @staticmethod
    def is_known(meta, start, end):
        return end > meta["sinceMs"] and start < meta["asOfMs"]

    def top(self, answer, by, cells, edges):
        expected = {label for label, _window in cells if cells[label, 0] != self.asks.blank}
        if answer["meta"]["rowsTotal"] != len(expected) and answer["meta"]["rowsTotal"] != len(cells):
            self.fault(f"has {answer['meta']['rowsTotal']} rows, {len(expected)} are in the log")
        for row in answer["rows"]:
            label = tuple(row["labels"][field] for field in by)
            self.value(label, edges[0], cells.get((label, 0)), row["value"], edges[1] - edges[0])

    def value(self, label, start, cell, value, length_ms):
        self.values += 1
        expected = self.asks.read(self.asks.blank if cell is None else cell, length_ms)
        is_same = expected == value if None in (expected, value) else math.isclose(expected, value, rel_tol=1e-12, abs_tol=1e-12)
        if not is_same and not (not expected and not value):
            self.fault(f"{json.dumps(label)} at {start}: {expected} is in the log, {value} was answered")

    def fault(self, why):
        self.faults.append(f"{json.dumps(self.asked)}: {why}")




def main(argv):
    parser = argparse.ArgumentParser(description="Recounts answers that were read from the log.")
    parser.add_argument("--log", metavar="DIR", required=True, help="segment files of the embedded broker")
    parser.add_argument("--definition", metavar="FILE", required=True, help="JSON of the normalised source, as the catalog has it")
    parser.add_argument("--answers", metavar="FILE", required=True, help='a list of {"asked", "kind", "answer"}')
    options = parser.parse_args(argv)
    with open(options.definition, encoding="utf-8") as file:
        source = Source(json.load(file))
    with open(options.answers, encoding="utf-8") as file:
        answers = json.load(file)
    events, next_offsets = events_of(source, SegmentLog(options.log))
    check = Check(source, events, next_offsets)
    for each in answers:
        check.one(each["asked"], each["kind"], each["answer"])
    for fault in check.faults[:10]:
        print(fault[:600])
    wrong = len({re.sub(r"}: .*", "", fault) for fault in check.faults})
    print(f"{len(answers)} questions over {len(events)} events: {check.values} values recounted, {wrong} questions answered wrong")
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
