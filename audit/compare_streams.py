"""The streams of a partition: dead letters, recent events and the feed may only hold what the log and the cells say."""
from changes import read_changes
from findings import DIFFERENT, EXTRA, MISSING, shown
from javascript import is_array_index, number_text, parse, stringify, utf8
from rows import Line

EVIDENCE_BYTES = 4096  # of a value, kept as head
KEY_BYTES = 256  # of a key
VIA_CHARACTERS = 64
CUT_CHARACTER = 3  # bytes by which a text may be shorter, so that no character is cut


class StreamCheck:
    def __init__(self, source, partition, fold, stored, findings):
        self.source, self.partition, self.fold, self.stored, self.findings = source, partition, fold, stored, findings

    def run(self):
        self._rejects(self.stored.get("rejects", []))
        for entry_id, fields in self.stored.get("tail", []):
            self.findings.checked["tail"] += 1
            self._tail(shown(entry_id), fields)
        self._feed(self.stored.get("feed", []))

    def _where(self, key, name):
        return {"source": self.source.name, "partition": self.partition, "key": key, "name": name}

    def _rejects(self, entries):
        """A trimmed stream holds the newest ones, without a hole; the newest is always there."""
        expected = self.fold.rejects[len(self.fold.rejects) - max(len(entries), 1):] if self.fold.rejects else []
        expected = {f"{reject.offset + 1}-{reject.place}": reject for reject in expected}
        for entry_id, fields in entries:
            where, reject = self._where("rejects", shown(entry_id)), expected.pop(shown(entry_id), None)
            if reject is None:
                self.findings.differ(EXTRA, where, None, shown(fields.get(b"reason")))
                continue
            for field, value in ((b"ts", reject.ts), (b"reason", reject.reason), (b"bytes", reject.size), (b"events", reject.events)):
                if value is not None:
                    self.findings.same({**where, "field": shown(field)}, str(value).encode(), fields.get(field))
            self.findings.same({**where, "field": "count"}, reject.count, int(fields.get(b"count", 1)))
            raw, key = fields.get(b"raw", b""), fields.get(b"key", b"")
            if not is_raw(raw, reject):
                self.findings.differ(DIFFERENT, {**where, "field": "raw"}, shown(reject.head), shown(raw))
            if not is_head(key, reject.key or b"", KEY_BYTES):
                self.findings.differ(DIFFERENT, {**where, "field": "key"}, shown(reject.key or b""), shown(key))
        for entry_id, reject in expected.items():
            self.findings.differ(MISSING, self._where("rejects", entry_id), reject.reason, None)
        self.findings.checked["rejects"] += len(entries)

    def _tail(self, entry_id, fields):
        where = self._where("tail", entry_id)
        following, _, index = entry_id.partition("-")
        record = self.fold.watch.get(int(following) - 1)
        at = record.events.get(int(index)) if record else None
        if at is None:
            self.findings.differ(EXTRA, where, "an event that was counted", shown(fields.get(b"raw")))
            return
        for field, value in ((b"ts", b"%d" % (at if record.ts is None else record.ts)), (b"at", b"%d" % at), (b"via", via_of(record.headers))):
            self.findings.same({**where, "field": shown(field)}, value, fields.get(field))
        raw = fields.get(b"raw", b"")
        if not is_event(raw, record.value, record.items, int(index)):
            self.findings.differ(DIFFERENT, {**where, "field": "raw"}, shown(record.value), shown(raw))

    def _feed(self, entries):
        """Entries follow one another, and what they said last of a field is what the field holds."""
        newest, reached = {}, None
        for entry_id, fields in entries:
            where = self._where("feed", shown(entry_id))
            try:
                base, following = int(fields[b"base"]), int(shown(entry_id).partition("-")[0])
                changes = read_changes(fields[b"cells"])
            except (KeyError, ValueError) as error:
                self.findings.differ(DIFFERENT, where, "base, def, rev, cells", f"{error!r}")
                continue
            if not (reached or 0) <= base < following <= self.fold.next:
                self.findings.differ(DIFFERENT, where, f"from {reached or 0} or later, to {self.fold.next} at most", f"from {base} to {following}")
            reached = following
            self.findings.same({**where, "field": "def"}, self.stored.get("pos", {}).get(b"def"), fields.get(b"def"))
            newest.update(changes)
        for (suffix, field), value in newest.items():
            held = self.stored.get(suffix.decode("utf-8", "surrogateescape"))
            if held is not None:  # unlinked since; where it must not be, the cells say so
                self.findings.same(self._where(shown(suffix), shown(field)), held.get(field), value)
        self.findings.checked["feed"] += len(newest)


def via_of(headers):
    """The mark of a record, as much of it as is kept."""
    value = next((value for name, value in headers if name == b"via"), None)
    return None if value is None else utf8(value.decode("utf-8", "replace")[:VIA_CHARACTERS])


def is_head(found, whole, limit):
    """Whether `found` is the beginning of some bytes: all of them, or `limit`, or a little less so that no character is cut."""
    return whole.startswith(found) and len(found) >= min(len(whole), limit - CUT_CHARACTER) and len(found) <= limit


def is_event(raw, value, items, index):
    """Whether `raw` is the JSON of one of a record's events, or the beginning of it where that is long; where it is the only one of a bare object, that of the value."""
    if len(items) == 1 and value[:1] == b"{":
        return is_head(raw, value, EVIDENCE_BYTES)
    return is_item(raw, items[index])


def is_raw(raw, reject):
    """Whether `raw` is what was refused: the head of a record's bytes, a line, or an item."""
    if reject.place == 0:
        return is_head(raw, reject.head, EVIDENCE_BYTES)
    return is_head(raw, utf8(reject.item.text), EVIDENCE_BYTES) if isinstance(reject.item, Line) else is_item(raw, reject.item)


def is_item(raw, event):
    """Whether `raw` is the JSON of a value, or the beginning of it where that is long."""
    try:
        if parse(raw.decode()) == event:
            return True
    except (ValueError, RecursionError):
        pass
    try:
        return is_head(raw, utf8(compact(event)), EVIDENCE_BYTES)
    except RecursionError:
        return len(raw) <= EVIDENCE_BYTES  # nested too deep to write out; the cells still count it


def compact(value):
    """JSON.stringify for whole values; numeric keys, which JavaScript moves to the front, likewise."""
    if type(value) is dict:
        numeric = sorted((key for key in value if is_array_index(key)), key=int)
        ordered = numeric + [key for key in value if not is_array_index(key)]
        return "{" + ",".join(stringify(key) + ":" + compact(value[key]) for key in ordered) + "}"
    if type(value) is list:
        return "[" + ",".join(map(compact, value)) + "]"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value) if abs(value) != float("inf") else "null"
    return stringify(value)

