"""Facts, such as sessions: their cells, names and due times as those of events are compared, and what continues them."""
from collections import namedtuple

from compare_cells import CellCheck
from findings import EXTRA, shown

FactFold = namedtuple("FactFold", "cells names clock")


def of_fact(suffix):
    """The fact that a chunk or a table of names is of; None where it is of events."""
    kind, _colon, rest = suffix.partition(":")
    return rest.partition(".")[0] if kind in ("c", "n") and "." in rest.partition(":")[0] else None


def of_events(stored):
    """What is there of events alone."""
    others = {suffix: fields for suffix, fields in stored.items() if of_fact(suffix) is None}
    if "due" in others:
        others["due"] = {member: score for member, score in others["due"].items() if b"/" not in member}
    return others


def compare_facts(source, partition, fold, stored, findings):
    known = {each.cells.fact: each for each in fold.facts}
    for fact, each in known.items():
        cells = FactFold(each.cells.cells, each.cells.names, fold.clock)
        CellCheck(each.cells, partition, cells, _of(stored, fact), findings).run()
        sample = {b'["%d"]' % place: b"%d" % number for place, number in each.cells.sample.items()}
        for key, expected in ((f"facts:{fact}", each.packed()), (f"entities:{fact}", sample)):
            found = stored.get(key, {})
            for name in sorted(expected.keys() | found.keys()):
                where = {"source": source.name, "partition": partition, "key": key, "name": shown(name)}
                findings.same(where, expected.get(name), found.get(name))
            findings.checked[key.partition(":")[0]] += len(expected)
    for suffix in stored:
        kind, _colon, fact = suffix.partition(":")
        fact = fact if kind in ("facts", "entities") else of_fact(suffix)
        if fact is not None and fact not in known:
            findings.differ(EXTRA, {"source": source.name, "partition": partition, "key": suffix}, None, "a fact that the definition does not name")


def _of(stored, fact):
    some = {suffix: fields for suffix, fields in stored.items() if of_fact(suffix) == fact}
    begins = fact.encode() + b"/"
    due = {member[len(begins):]: score for member, score in stored.get("due", {}).items() if member.startswith(begins)}
    return {**some, "due": due} if due else some
