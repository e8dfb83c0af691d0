"""Cells, names and their due times: recounted against stored, both ways."""
from datetime import datetime, timedelta

from findings import DIFFERENT, EXTRA, MISSING, shown
from keys import CHUNK, DAY_MS, GROUP, NAMES, RANKING, TOTAL_GROUP, group_due, group_of, is_total, names_due, place, resident, WINDOW_SHIFT
from measures import MEASURES
from pack import pack, unpack


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
            left = self.left.get(suffix, {})
            found = left.pop(b"%d" % slot, None)
            past = interval.keep_ms is not None and self._past((window + 1) * interval.ms + interval.keep_ms)
            if not past:
                expected += 1
            elif found is None:
                continue
            else:
                lingering += 1
            beside = {}
            packed = pack(self.source.kinds, cell, beside, self.source.kept[index])
            pieces = {name: left.pop(b"%d.%s" % (slot, name), None) for name in beside}
            if found is None or found != packed or pieces != beside:
                self.findings.differ(MISSING if found is None else DIFFERENT,
                                     self._locate(suffix, slot, index, interval, window, name_id),
                                     self.measures(index, cell), self._decoded(index, found, pieces))
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

    def measures(self, index, cell):
        """A cell of a breakdown in words of its metrics; numbers are in units of 10^-decimals."""
        if cell is None:
            return None
        words = {}
        for metric in (self.source.metrics[slot] for slot in self.source.kept[index]):
            words[metric.name] = MEASURES[metric.kind].words(cell[metric.slot])
        return words

    def _decoded(self, index, found, beside=None):
        if found is None:
            return None
        try:
            return self.measures(index, unpack(self.source.kinds, found, beside, self.source.kept[index]))
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
                self.findings.differ(EXTRA, where, None, self._decoded(indices[chunk["breakdown"]], value) if known else shown(value))

    def _due(self):
        """What is not kept for ever must be due, and not before its time: names by themselves, all else with its group of windows. Nothing else may be."""
        needed, is_held = self._needed()
        spoken = {}  # (interval, group, breakdown) -> blocks that members speak of
        for member, score in self.stored.get("due", {}).items():
            name = member.decode("utf-8", "surrogateescape")
            place, due = self._spoken(name, spoken)
            self.findings.checked["due"] += 1
            if place not in is_held and not self._past(due):  # of what is past, some may be gone already
                self.findings.differ(EXTRA, self._where_due(name), None, shown(score))
            elif float(score) != due:  # sooner, it would go before its time; later, it would stay for ever
                self.findings.differ(DIFFERENT, self._where_due(name), due, float(score))
        for place, (due, blocks) in needed.items():
            if due is not None and spoken.get(place, 0) < blocks:
                self.findings.differ(MISSING, self._where_due(":".join(map(str, place))), f"due at {due}, {blocks} blocks", spoken.get(place))

    def _where_due(self, name):
        return {"source": self.source.name, "partition": self.partition, "key": "due", "name": name}

    def _needed(self):
        """`{place: (due, blocks)}` of what is there, and the members' places: that of a group has no breakdown."""
        intervals = {interval.name: interval for interval in self.source.intervals}
        needed, is_held = {}, set()
        for suffix in self.stored:
            chunk, names, ranking = CHUNK.fullmatch(suffix), NAMES.fullmatch(suffix), RANKING.fullmatch(suffix)
            if names:
                needed[suffix,] = names_due(self.source.intervals, int(names["day"])), 1
                is_held.add((suffix,))
                continue
            found = chunk or ranking
            if not found or found["interval"] not in intervals:
                continue
            breakdown, block = found["breakdown"], int(chunk["block"]) if chunk else 0
            window = resident(breakdown, block, int(chunk["group"]), 0)[0] if chunk else int(ranking["window"])
            group = group_of(breakdown, window)
            place = found["interval"], group, breakdown
            needed[place] = group_due(breakdown, intervals[found["interval"]], group), max(block + 1, needed.get(place, (0, 0))[1])
            is_held.add((found["interval"], group, is_total(breakdown)))
        return needed, is_held

    def _spoken(self, name, spoken):
        """The place of a member and when it is due; notes what it speaks of."""
        intervals = {interval.name: interval for interval in self.source.intervals}
        group, total = GROUP.fullmatch(name), TOTAL_GROUP.fullmatch(name)
        found = group or total
        if found and found["interval"] in intervals:
            names = [self.source.breakdowns[0].name] if total else [breakdown.name for breakdown in self.source.breakdowns[1:]]
            for breakdown, blocks in zip(names, [1] if total else group["blocks"].split(".")):
                place = found["interval"], int(found["group"]), breakdown
                spoken[place] = max(int(blocks), spoken.get(place, 0))
            return (found["interval"], int(found["group"]), total is not None), group_due(names[0] if names else "", intervals[found["interval"]], int(found["group"]))
        names = NAMES.fullmatch(name)
        if names:
            spoken[name,] = 1
        return (name,), names_due(self.source.intervals, int(names["day"])) if names else None


def time_text(ms):
    """ISO 8601, UTC; the number itself where it lies beyond the calendar."""
    try:
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=ms)
    except OverflowError:
        return f"{ms} ms"
    return moment.isoformat(timespec="milliseconds" if ms % 1000 else "seconds") + "Z"
