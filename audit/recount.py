"""
Recounts the Kafka log in plain Python and compares every number in the store with it, both ways.
Shares no code with the pipeline; its only contract is docs/store.md. Exit codes: docs/audit.md.
"""
import argparse
import gc
import json
import sys
import time
import traceback

import faults
from access import FORMS, access_of
from api import Api, ApiCheck
from compare_cells import CellCheck
from compare_facts import compare_facts, of_events
from compare_pos import compare_pos, compare_presence, number
from compare_rankings import RankingCheck
from compare_streams import StreamCheck
from compare_whole import WholeCheck
from coverage import groups_of, groups_of_kafka, missed
from definition import Source
from faults import CannotRecount
from findings import DIFFERENT, EXTRA, MISSING, Findings, shown
from kcat import KcatLog
from ratios import RatioCheck
from report import as_json, as_text
from rules import recount
from segments import SegmentLog
from skips import skips_of
from store import Store


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(faults.USAGE, f"tidemark audit: {message}\n")


def arguments(argv):
    parser = Arguments(prog="tidemark audit", description="Recounts the log and compares every number in the store with it.",
                       epilog="exit codes: 0 all agree, 1 a number differs, 2 fewer cells than --min-cells, 3 something cannot be read, 4 the store moved, 5 not caught up, 64 wrong usage")
    log = parser.add_mutually_exclusive_group(required=True)
    log.add_argument("--log", metavar="DIR", help="segment files of the embedded broker: DIR/<topic>-<partition>/*.log")
    log.add_argument("--kcat", metavar="FILE", help="output of kcat -C -J -e -X isolation.level=read_committed; - is standard input")
    parser.add_argument("--store", metavar="HOST:PORT", required=True, help="or " + FORMS.partition(", ")[2] + "; any node of a cluster")
    parser.add_argument("--store-user", metavar="NAME", help="and TIDEMARK_STORE_USER, as ingest and serve take them")
    parser.add_argument("--store-password-file", metavar="FILE", help="or the variable TIDEMARK_STORE_PASSWORD")
    parser.add_argument("--sentinel-user", metavar="NAME", help="of the sentinels, where they have users")
    parser.add_argument("--sentinel-password-file", metavar="FILE", help="of the sentinels, where they ask for one")
    parser.add_argument("--store-ca", metavar="FILE", help="PEM of the authority of its certificate")
    parser.add_argument("--source", action="append", metavar="NAME", help="may repeat; default: every source in the store")
    parser.add_argument("--expect", action="append", default=[], metavar="NAME", help="a source or topic that must be counted; may repeat")
    parser.add_argument("--definition", metavar="FILE", help="JSON of one normalised source, in place of the catalog's")
    parser.add_argument("--min-cells", type=int, default=1, metavar="N", help="fail where fewer cells than this are expected (default 1)")
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--until-vector", action="store_true", help="recount up to where the store stands, wherever the log ends (the default)")
    until.add_argument("--require-caught-up", action="store_true", help="fail where the store does not stand at the end of the log")
    parser.add_argument("--api", metavar="URL", help="also ask the query API for every value, such as http://127.0.0.1:4400; the log must rest")
    parser.add_argument("--examples", type=int, default=10, metavar="N", help="differences to print (default 10)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(argv)


class Audit:
    """One source: its snapshot against its log."""

    def __init__(self, log, snapshot, plain, findings):
        self.log, self.snapshot, self.findings = log, snapshot, findings
        self.source = Source(plain)
        self.definition_hash = snapshot.catalog.get("def")
        self.in_log = set(log.partitions(self.source.topic))
        self.partitions, self.events, self.rejects, self.behind = [], {}, {}, False
        self.folds, self.ends = {}, {}

    def run(self):
        for key, why in self.snapshot.strays:
            self.findings.differ(EXTRA, {"source": self.source.name, "partition": "?", "key": shown(key)}, None, why)
        declared = set(range(self.snapshot.catalog["partitions"]))
        for partition in sorted(declared | self.in_log | set(self.snapshot.keys)):
            self._partition(partition, partition in declared)

    def _partition(self, partition, declared):
        stored = self.snapshot.keys.get(partition, {})
        opened = self.log.open(self.source.topic, partition) if partition in self.in_log else None
        log_end = opened.end if opened else 0
        where = {"source": self.source.name, "partition": partition, "key": "pos"}
        first, reached = (number(stored.get("pos", {}), field) for field in ("first", "next"))
        if not declared:
            self.findings.differ(EXTRA, where, f"{self.snapshot.catalog['partitions']} partitions", f"partition {partition}")
        if "pos" not in stored and not stored and log_end == 0:
            return
        if type(first) is not int or type(reached) is not int or not 0 <= first <= reached:
            self.findings.differ(MISSING if first is None or reached is None else DIFFERENT, where,
                                 f"first and next (the log ends at {log_end})", {"first": first, "next": reached})
            return
        self.partitions.append({"partition": partition, "first": first, "next": reached, "logEnd": log_end,
                                "logStart": opened.start if opened else None, "tornBytes": opened.torn if opened else 0})
        self.behind = self.behind or reached < log_end
        if self.log.sees_markers and reached > log_end:
            self.findings.differ(DIFFERENT, {**where, "name": "next"}, f"{log_end} at most, the end of the log", reached)
            return
        if reached > first and (opened is None or opened.start is None or opened.start > first and self.log.sees_markers):
            raise CannotRecount(f"{self.source.name}/{partition} was counted from offset {first}, and the log begins at "
                                f"{opened.start if opened else 'no offset at all'}: what is gone cannot be recounted")
        self._compare(partition, stored, opened, first, reached)

    def _compare(self, partition, stored, opened, first, reached):
        before = self.findings.total()
        self.ends[partition] = opened.end if opened else 0
        watched = {int(shown(entry_id).partition("-")[0]) - 1 for entry_id, _fields in stored.get("tail", [])}
        self.source.joined.begin(self.log, partition)
        fold = recount(self.source, opened, first, reached, watched, skips_of(stored.get("pos", {})))
        self.folds[partition] = fold
        CellCheck(self.source, partition, fold, of_events(stored), self.findings).run()
        compare_facts(self.source, partition, fold, stored, self.findings)
        RankingCheck(self.source, partition, fold, stored, self.findings).run()
        compare_pos(self.source, partition, fold, stored, self.definition_hash, self.log.sees_markers, self.findings)
        compare_presence(self.source, partition, fold, stored, self.findings)
        StreamCheck(self.source, partition, fold, stored, self.findings).run()
        WholeCheck(self.source, partition, fold, stored, opened.end if opened else 0, self.log.sees_markers, self.findings).run()
        if self.findings.total() > before:
            self._refuse_to_judge(partition, fold, stored["pos"])
        for name in ("counted", "late", "rejected", "duplicate"):
            self.events[name] = self.events.get(name, 0) + fold.events[name]
        for reject in fold.rejects:
            self.rejects[reject.reason] = self.rejects.get(reject.reason, 0) + 1

    def _refuse_to_judge(self, partition, fold, pos):
        """Where the log lost records after they were counted, a difference says nothing of the store."""
        gaps = ("compacted",) if self.log.sees_markers else ("control", "aborted", "compacted")
        known = [number(pos, f"o:{each}") or 0 for each in gaps]
        if all(type(each) is int for each in known) and fold.offsets["compacted"] > sum(known):
            raise CannotRecount(f"{self.source.name}/{partition}: the log no longer holds {fold.offsets['compacted'] - sum(known)} of the records that were counted "
                                "(is the topic compacted?): what is gone cannot be recounted")

    def outcome(self):
        def cells(counter):
            return {breakdown.name: {interval.name: counter[self.source.name, breakdown.name, interval.name] for interval in self.source.intervals}
                    for breakdown in self.source.breakdowns}

        return {"source": self.source.name, "generation": self.snapshot.generation, "topic": self.source.topic,
                "partitions": self.partitions, "cells": cells(self.findings.expected), "lingering": cells(self.findings.lingering),
                "events": self.events, "rejects": self.rejects, "keysOfOtherGenerations": self.snapshot.other_generations}


def audit(options):
    began = time.monotonic()
    store, findings, audits = Store(options.store, access_of(options)), Findings(options.examples), []
    try:
        names = options.source or store.sources()
        snapshots = [store.snapshot(name) for name in names]  # before the log: it may grow meanwhile, never shrink
        orphans = {} if options.source else store.orphans(names)
    finally:
        store.close()
    log = SegmentLog(options.log) if options.log is not None else KcatLog(options.kcat)
    look_for_lost(options, log, snapshots, orphans, findings)
    if not snapshots and not findings.total():
        raise CannotRecount("the store holds no source at all")
    checks = []
    for snapshot in snapshots:
        one = Audit(log, snapshot, _definition(options.definition, snapshot), findings)
        one.run()
        if options.api is not None:
            checks.append(ApiCheck(Api(options.api), one.source, one.folds, one.ends, findings))
            checks[-1].run()
        audits.append(one)
    RatioCheck(checks, findings).run()
    outcome = {"sources": [one.outcome() for one in audits],
               "cells": sum(findings.expected.values()), "lingering": sum(findings.lingering.values()), "compared": dict(findings.checked),
               "differences": {kind: findings.differences[kind] for kind in (MISSING, EXTRA, DIFFERENT)}, "examples": findings.examples,
               "seconds": round(time.monotonic() - began, 1)}
    code, verdict = _verdict(options, findings, outcome["cells"], any(one.behind for one in audits))
    return code, {"ok": code == faults.AGREES, "exit": code, "verdict": verdict, **outcome}


def look_for_lost(options, log, snapshots, orphans, findings):
    sources = {one.source: (one.catalog.get("source") or {}).get("topic") for one in snapshots}
    if options.source:
        return missed(sources, {}, set(), options.expect, (), findings)
    committed = groups_of(options.log) | groups_of_kafka(log) if options.log is not None else set()
    return missed(sources, orphans, committed, options.expect, () if options.log is not None else log.topics, findings)


def _definition(path, snapshot):
    if path is None:
        return snapshot.catalog.get("source")
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise CannotRecount(f"cannot read the definition {path}: {error}")


def _verdict(options, findings, cells, behind):
    if findings.total():
        return faults.DIFFERS, "the store DIFFERS from the log"
    if options.require_caught_up and behind:
        return faults.NOT_CAUGHT_UP, "the store agrees with the log so far, and has NOT REACHED its end"
    if cells < options.min_cells:
        return faults.TOO_FEW_CELLS, f"NOTHING PROVED: {cells:,} cells were expected, and --min-cells asks for {options.min_cells:,}"
    return faults.AGREES, f"the store agrees with the log: {cells:,} cells, each as recounted"


def main(argv):
    options = arguments(argv)
    gc.disable()  # nothing here is circular, and millions of cells are slow to look through
    try:
        code, outcome = audit(options)
    except CannotRecount as fault:
        code, outcome = fault.exit_code, {"ok": False, "exit": fault.exit_code, "verdict": str(fault)}
        if not options.json:
            print(f"tidemark audit: {fault}", file=sys.stderr)
            return code
    except Exception as fault:  # a fault of this program must never read as a verdict about the store
        traceback.print_exc()
        code = faults.UNREADABLE
        outcome = {"ok": False, "exit": code, "verdict": f"the recount itself failed: {fault!r}"}
        if not options.json:
            return code
    print(as_json(outcome) if options.json else as_text(outcome))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
