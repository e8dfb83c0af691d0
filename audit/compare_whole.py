"""
That nothing is missing of what a partition must hold: streams without holes, what is past its time unlinked, and what `pos` says of the log itself.
The other checks look at what is there; these look for what is not.
"""
import hashlib
import time

from compare_pos import number
from findings import DIFFERENT, MISSING, shown

REJECTS_KEPT = 1000
MOST_LINGERING = 2048  # keys past their time: more than a worker that stopped in the middle leaves behind
CLOCK_SLACK_MS = 60_000


class WholeCheck:
    def __init__(self, source, partition, fold, stored, log_end, sees_markers, findings, now_ms=None):
        self.source, self.partition, self.fold, self.stored, self.findings = source, partition, fold, stored, findings
        self.pos, self.log_end, self.sees_markers = stored["pos"], log_end, sees_markers
        self.now_ms = time.time() * 1000 if now_ms is None else now_ms

    def run(self):
        self._position()
        self._feed(self.stored.get("feed", []))
        self._newest_in_tail()
        self._oldest_rejects()
        self._retirement()

    def _where(self, key, name):
        return {"source": self.source.name, "partition": self.partition, "key": key, "name": name}

    def _position(self):
        where = lambda name: self._where("pos", name)
        if self.fold.last_record is not None:
            self.findings.same(where("lastHash"), record_hash(*self.fold.last_record), shown(self.pos.get(b"lastHash")))
        if not self.pos.get(b"cluster"):
            self.findings.differ(MISSING, where("cluster"), "the id of the cluster that was read", None)
        for name, least in (("rev", 1), ("rewinds", 0)):
            found = number(self.pos, name)
            if found is None and least == 0:
                continue
            if type(found) is not int or found < least:
                self.findings.differ(DIFFERENT, where(name), f"a number from {least}", found)
        if self.fold.next == self.fold.first:
            return  # nothing was applied yet
        end, seen_ms = number(self.pos, "end"), number(self.pos, "endAt")
        exact = self.sees_markers and self.fold.next == self.log_end
        if type(end) is not int or end < self.fold.next or self.sees_markers and end > self.log_end or exact and end != self.log_end:
            expected = f"{self.fold.next} or more, the end of the log" if not exact else self.log_end
            self.findings.differ(DIFFERENT if end is not None else MISSING, where("end"), expected, end)
        if type(seen_ms) is not int or not 0 < seen_ms <= self.now_ms + CLOCK_SLACK_MS:
            self.findings.differ(DIFFERENT if seen_ms is not None else MISSING, where("endAt"), "when the end was seen, not later than now", seen_ms)

    def _feed(self, entries):
        """Entries join, and the newest reaches `next`; the oldest are trimmed, and all where nobody listened to a large batch."""
        reached = None
        for entry_id, fields in entries:
            base, following = fields.get(b"base", b""), shown(entry_id).partition("-")[0]
            if not base.isdigit():
                continue  # said where its content is compared
            if reached is not None and int(base) > reached:
                self.findings.differ(MISSING, self._where("feed", shown(entry_id)), f"an entry from {reached}", f"the next one begins at {int(base)}")
            reached = int(following)
        if reached is not None and reached < self.fold.next:
            self.findings.differ(MISSING, self._where("feed", f"{self.fold.next}-0"), "the entry of the newest batch", f"the newest is {reached}-0")

    def _newest_in_tail(self):
        if self.fold.newest is None:
            return
        wanted = "%d-%d" % (self.fold.newest[0] + 1, self.fold.newest[1])
        if wanted not in {shown(entry_id) for entry_id, _fields in self.stored.get("tail", [])}:
            self.findings.differ(MISSING, self._where("tail", wanted), "the newest counted event", None)

    def _oldest_rejects(self):
        held, wanted = len(self.stored.get("rejects", [])), min(len(self.fold.rejects), REJECTS_KEPT)
        if held < wanted:
            self.findings.differ(MISSING, self._where("rejects", "-"), f"the newest {wanted} dead letters", f"{held} of them")

    def _retirement(self):
        if self.fold.clock.now is None:
            return
        passed = min(self.fold.clock.now, self.now_ms - CLOCK_SLACK_MS)
        lingering = sum(1 for score in self.stored.get("due", {}).values() if float(score) <= passed)
        if lingering > MOST_LINGERING:
            self.findings.differ(DIFFERENT, self._where("due", "-"), f"at most {MOST_LINGERING} keys past their time", f"{lingering}: nothing unlinks them")


def record_hash(offset, key, value):
    head = "%d:%d:%d:" % (offset, -1 if key is None else len(key), -1 if value is None else len(value))
    return hashlib.sha256(head.encode() + (key or b"") + (value or b"")).hexdigest()[:32]
