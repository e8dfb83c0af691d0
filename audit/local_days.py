"""
Recounts answers about the days of a zone: every day by Python's own zoneinfo, every number of it from the records on disk; and sessions by a plain walk over
the events of each key. Written from docs/api.md and docs/sessions.md; shares no code with the API. Exit codes as of recount.py: 0 agrees, 1 differs.
"""
import argparse
import bisect
import json
import math
import sys
from zoneinfo import ZoneInfo

from definition import Source
from scan_answers import Check, day_starts, events_of
from segments import SegmentLog


def sessions_of(events, key, gap_ms):
    """`[(begin, pages, end)]` of every key: a session ends where the next event is further away."""
    by_key = {}
    for at, values, _place in events:
        by_key.setdefault(values[key], []).append(at)
    sessions = []
    for times in by_key.values():
        times.sort()
        begin = last = times[0]
        pages = 0
        for at in times:
            if at - last > gap_ms:
                sessions.append((begin, pages, last))
                begin, pages = at, 0
            pages, last = pages + 1, at
        sessions.append((begin, pages, last))
    return sessions


class DayCheck:
    def __init__(self, source, log):
        self.source = source
        self.events, ends = events_of(source, log)
        self.events.sort(key=lambda event: event[0])
        self.times = [event[0] for event in self.events]
        self.check = Check(source, self.events, ends, "cells")
        self.sessions, self.days = None, set()

    def one(self, asked, kind, answer):
        starts = day_starts(ZoneInfo(asked["tz"]), asked["from"], asked["to"])
        self.days.update((asked["tz"], start) for start, end in zip(starts, starts[1:]) if end - start != 86_400_000)
        if kind == "series":
            self.check.events = self.events[bisect.bisect_left(self.times, starts[0]):bisect.bisect_left(self.times, starts[-1])]
            return self.check.one(asked, kind, answer)
        self.check.asked = asked
        if answer["windows"]["timesMs"] != starts[:-1]:
            return self.check.fault(f"has the days {answer['windows']['timesMs'][:3]}, not {starts[:3]}")
        if self.sessions is None:
            self.sessions = sessions_of(self.events, self.source.index[asked["key"]], answer["meta"]["gapMs"])
        (shown,) = answer["windows"]["names"]
        for at, (start, end) in enumerate(zip(starts, starts[1:])):
            inside = [one for one in self.sessions if start <= one[0] < end]
            count = len(inside)
            expected = {"sessions": count,
                        "bounceRate": sum(pages == 1 for _, pages, _ in inside) / count if count else None,
                        "pagesASession": sum(pages for _, pages, _ in inside) / count if count else None,
                        "averageMs": sum(last - begin for begin, _, last in inside) / count if count else None}
            for name, value in expected.items():
                self.check.values += 1
                found = shown[name][at]
                if not (value is None or found is None) and math.isclose(value, found, rel_tol=1e-9) or not value and not found:
                    continue
                self.check.fault(f"{name} of the day from {start}: {value} is in the log, {found} was answered")


def main(argv):
    parser = argparse.ArgumentParser(description="Recounts answers about the days of a zone.")
    parser.add_argument("--log", metavar="DIR", required=True, help="segment files of the embedded broker")
    parser.add_argument("--definition", metavar="FILE", required=True, help="JSON of the normalised sources, as the catalog has them")
    parser.add_argument("--answers", metavar="FILE", required=True, help='a list of {"source", "asked", "kind", "answer"}')
    options = parser.parse_args(argv)
    with open(options.definition, encoding="utf-8") as file:
        sources = [Source(each) for each in json.load(file)]
    with open(options.answers, encoding="utf-8") as file:
        answers = json.load(file)
    log = SegmentLog(options.log)
    checks = {source.name: DayCheck(source, log) for source in sources}
    for each in answers:
        checks[each["source"]].one(each["asked"], each["kind"], each["answer"])
    faults = [fault for one in checks.values() for fault in one.check.faults]
    for fault in faults[:10]:
        print(fault[:600])
    days = set().union(*(one.days for one in checks.values()))
    print(f"{len(answers)} answers over {sum(len(one.events) for one in checks.values())} events: "
          f"{sum(one.check.values for one in checks.values())} values recounted, {len(faults)} differ; "
          f"{len(days)} days of 23, 24.5, 23.5 or 25 hours in {len({zone for zone, _ in days})} zones")
    return 1 if faults or not days else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
