"""Metrics that go by series (docs/store.md, "Rules a recount needs", 16): the latest readings of each series, and the steps that a new one makes."""
from collections import namedtuple

from javascript import stringify, utf8
from keys import DAY_MS
from living import FIELD_BYTES, Living
from measures import MEASURES
from varint import Reader, natural, zigzag

MOST = 64  # of one series

# ids: by breakdown, of the names of the event; what orders readings stands first
Reading = namedtuple("Reading", "at offset index value ids")


class Readings:
    """Of one metric."""

    def __init__(self, metric):
        self.metric, self.measure = metric, MEASURES[metric.kind]
        self.series = Living(metric.series.budget, FIELD_BYTES)  # name -> (time of the latest, all of them in order)
        self.over = {"series": 0, "readings": 0}

    def forget(self, clock):
        if clock is not None:
            self.series.day(clock // DAY_MS - -(-self.metric.series.forget_ms // DAY_MS))

    def take(self, parts, reading, clock):
        """`[(from, to, 1 or -1), ...]`: the steps that are made, and those that are taken back."""
        self.forget(clock)
        name = utf8(stringify(list(parts)))
        held = self.series.held.get(name)
        if held is None and self.series.first_day is not None and reading.at // DAY_MS < self.series.first_day:
            return []
        before = [] if held is None else [each for each in held[1] if each[:3] <= reading[:3]]
        after = [] if held is None else held[1][len(before):]
        if not before and len(after) == MOST:
            self.over["readings"] += 1
            return []
        line = (before + [reading] + after)[-MOST:]
        if not self.series.take(name, (line[-1].at, line), lambda _new, _held: True):
            self.over["series"] += 1
            return []
        steps = []
        if before and after:
            steps.append((before[-1], after[0], -1))
        if before:
            steps.append((before[-1], reading, 1))
        if after:
            steps.append((reading, after[0], 1))
        return steps


def pack(line):
    out, last = bytearray(), Reading(0, 0, 0, 0, None)
    natural(len(line), out)
    for each in line:
        zigzag(each.at - last.at, out)
        zigzag(each.offset - last.offset, out)
        natural(each.index, out)
        zigzag(each.value - last.value, out)
        natural(0 if each.ids == last.ids else 1, out)
        if each.ids != last.ids:
            for number in each.ids:
                natural(number, out)
        last = each
    return bytes(out)


def unpack(data, breakdowns):
    """Raises ValueError where the bytes are no readings."""
    reader, line, last = Reader(data), [], Reading(0, 0, 0, 0, ())
    for _ in range(reader.natural()):
        at, offset = last.at + reader.zigzag(), last.offset + reader.zigzag()
        index, value = reader.natural(), last.value + reader.zigzag()
        ids = tuple(reader.natural() for _ in range(breakdowns)) if reader.natural() else last.ids
        last = Reading(at, offset, index, value, ids)
        line.append(last)
    if not reader.done():
        raise ValueError("bytes left over")
    return line


def compare_readings(source, partition, fold, stored, findings):
    """`readings:*` of every metric that has them; what is forgotten may linger, as it was."""
    kept = {f"readings:{readings.metric.name}": readings for readings in fold.readings}
    for suffix in sorted(set(kept) | {each for each in stored if each.startswith("readings:")}):
        found, living = stored.get(suffix, {}), None
        if suffix in kept:
            kept[suffix].forget(fold.clock.now)
            living = kept[suffix].series
        expected = {} if living is None else {name: pack(line) for name, (_at, line) in living.held.items()}
        for name in sorted(expected.keys() | found.keys()):
            if name not in expected and living is not None and name in living.past and pack(living.past[name][1]) == found[name]:
                continue
            where = {"source": source.name, "partition": partition, "key": suffix, "name": name.decode("utf-8", "replace")}
            findings.same(where, shown(expected.get(name), source), shown(found.get(name), source))
        findings.checked["readings"] += len(expected)


def shown(data, source):
    if data is None:
        return None
    try:
        return [list(each) for each in unpack(data, len(source.breakdowns))]
    except ValueError:
        return data.hex()
