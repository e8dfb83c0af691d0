"""Cells, names and their due times: recounted against stored, both ways."""
from datetime import datetime, timedelta

from findings import DIFFERENT, EXTRA, MISSING, shown
from keys import CHUNK, DAY_MS, GROUP, NAMES, RANKING, group_due, group_of, names_due, place, resident
from pack import WIDTHS, pack, unpack
from rules import WINDOW_SHIFT


class CellCheck:
    """One partition. `stored`: its keys by suffix; what is left over at the end is extra."""

    def __init__(self, source, partition, fold, stored, findings):
        self.source, self.partition, self.fold, self.findings = source, partition, fold, findings
        self.stored = stored
        self.left = {suffix: dict(fields) for suffix, fields in stored.items() if suffix[:2] in ("c:", "n:")}

    def run(self):
        for index, breakdown in enumerate(self.source.breakdowns):
            for order, interval in enumerate(self.source.intervals):
                self._cells(index, breakdown, interval, self.fold.cells[index][order])
        self._names()
        self._extras()
        self._due()

    def _past(self, due):
        return due is not None and self.fold.clock.now is not None and due <= self.fold.clock.now

    def _cells(self, index, breakdown, interval, cells):
        expected = lingering = 0
        for key, cell in cells.items():
            window, name_id = key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1
            block, group, slot = place(breakdown.name, window, name_id)
            suffix = f"c:{breakdown.name}:{interval.name}:{block}.{group}"
            found = self.left.get(suffix, {}).pop(b"%d" % slot, None)
            past = interval.keep_ms is not None and self._past((window + 1) * interval.ms + interval.keep_ms)
            if not past:
                expected += 1
            elif found is None:
                continue
            else:
                lingering += 1
            if found is None or found != pack(self.source.kinds, cell):
                self.findings.differ(MISSING if found is None else DIFFERENT,
                                     self._locate(suffix, slot, index, interval, window, name_id),
                                     self.measures(cell), self._decoded(found))
        place_of_count = (self.source.name, breakdown.name, interval.name)
        self.findings.expected[place_of_count] += expected
        self.findings.lingering[place_of_count] += lingering

    def _locate(self, suffix, slot, index, interval, window, name_id):
        start_ms = window * interval.ms
        return {"source": self.source.name, "partition": self.partition, "key": suffix, "slot": slot,
                "window": time_text(start_ms), "name": self._name(index, start_ms // DAY_MS, name_id)}

    def _name(self, index, day, name_id):
        if index == 0:
            return "all"
        if name_id == 0:
            return "__other__"
        for name, given in self.fold.names.get((index, day), {}).items():
            if given == name_id:
                return shown(name)
        return f"id {name_id}, which no name has"

    def measures(self, cell):
        """A cell in words of its metrics; numbers are in units of 10^-decimals."""
        if cell is None:
            return None
        words = {}
        for metric in self.source.metrics:
            part = cell[metric.slot:metric.slot + WIDTHS[metric.kind]]
            words[metric.name] = part[0] if len(part) == 1 else dict(zip(("count", "sum", "squares", "min", "max"), part))
        return words

    def _decoded(self, found):
        if found is None:
            return None
        try:
            return self.measures(unpack(self.source.kinds, found))
        except ValueError as error:
            return f"not a cell ({error}): {found.hex()}"

    def _names(self):
        for (index, day), table in self.fold.names.items():
            breakdown = self.source.breakdowns[index].name
            suffix = f"n:{breakdown}:{day}"
            if not table or (suffix not in self.stored and self._past(names_due(self.source.intervals, day))):
                continue
            left = self.left.get(suffix, {})
            for name, name_id in table.items():
                where = {"source": self.source.name, "partition": self.partition, "key": suffix, "name": shown(name)}
                self.findings.same(where, b"%d" % name_id, left.pop(name, None))
            self.findings.checked["names"] += len(table)

    def _extras(self):
        indices = {breakdown.name: index for index, breakdown in enumerate(self.source.breakdowns)}
        intervals = {interval.name: interval for interval in self.source.intervals}
        for suffix, left in self.left.items():
            chunk = CHUNK.fullmatch(suffix)
            known = chunk and chunk["breakdown"] in indices and chunk["interval"] in intervals
            for field, value in left.items():
                where = {"source": self.source.name, "partition": self.partition, "key": suffix, "slot": shown(field)}
                if known and field.isdigit():
                    window, name_id = resident(chunk["breakdown"], int(chunk["block"]), int(chunk["group"]), int(field))
                    where = self._locate(suffix, int(field), indices[chunk["breakdown"]], intervals[chunk["interval"]], window, name_id)
                self.findings.differ(EXTRA, where, None, self._decoded(value) if chunk else shown(value))

    def _due(self):
        """What is not kept for ever must be due, and not before its time: names by themselves, chunks and rankings with their group of windows. Nothing else may be."""
        intervals = {interval.name: interval for interval in self.source.intervals}
        held, groups = {}, {}  # suffix of names -> due; (breakdown, interval, group) -> the greatest block that is there
        for suffix in self.stored:
            chunk, names, ranking = CHUNK.fullmatch(suffix), NAMES.fullmatch(suffix), RANKING.fullmatch(suffix)
            if names:
                held[suffix] = names_due(self.source.intervals, int(names["day"]))
            elif chunk and chunk["interval"] in intervals:
                breakdown, block = chunk["breakdown"], int(chunk["block"])
                window, _ = resident(breakdown, block, int(chunk["group"]), 0)
                place = breakdown, chunk["interval"], group_of(breakdown, window)
                groups[place] = max(block, groups.get(place, 0))
            elif ranking and ranking["interval"] in intervals:
                groups.setdefault((ranking["breakdown"], ranking["interval"], group_of(ranking["breakdown"], int(ranking["window"]))), 0)
        listed = {}  # (breakdown, interval, group) -> the blocks its members speak of
        for member, score in self.stored.get("due", {}).items():
            name = member.decode("utf-8", "surrogateescape")
            group = GROUP.fullmatch(name)
            if group and group["interval"] in intervals:
                place = group["breakdown"], group["interval"], int(group["group"])
                needed, is_held = group_due(place[0], intervals[place[1]], place[2]), place in groups
                listed[place] = max(int(group["blocks"]), listed.get(place, 0))
            else:
                needed, is_held = held.get(name), name in held
            where = {"source": self.source.name, "partition": self.partition, "key": "due", "name": shown(member)}
            self.findings.checked["due"] += 1
            if not is_held and not (needed is not None and self._past(needed)):  # of one that is past, some may be gone already
                self.findings.differ(EXTRA, where, None, shown(score))
            elif float(score) != needed:  # sooner, it would go before its time; later, it would stay for ever
                self.findings.differ(DIFFERENT, where, needed, float(score))
        for name, needed in held.items():
            if needed is not None and name.encode("utf-8", "surrogateescape") not in self.stored.get("due", {}):
                self.findings.differ(MISSING, {"source": self.source.name, "partition": self.partition, "key": "due", "name": name}, needed, None)
        for place, block in groups.items():
            needed = group_due(place[0], intervals[place[1]], place[2])
            if needed is not None and listed.get(place, 0) <= block:
                where = {"source": self.source.name, "partition": self.partition, "key": "due", "name": f"g:{place[0]}:{place[1]}:{block + 1} or more.{place[2]}"}
                self.findings.differ(MISSING, where, needed, listed.get(place))


def time_text(ms):
    """ISO 8601, UTC; the number itself where it lies beyond the calendar."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=ms)
    except OverflowError:
        return f"{ms} ms"
    return moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds") + "Z"
