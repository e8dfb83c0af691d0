"""Sessions: their cells, names and due times as those of events are compared, and what continues them."""
from collections import namedtuple

from compare_cells import CellCheck
from findings import shown
from sessions import Facts, pack

FactFold = namedtuple("FactFold", "cells names clock")
CELLS, DUE = ("c:sessions.", "n:sessions."), b"sessions/"


def without_sessions(stored):
    """What is there of events alone."""
    others = {suffix: fields for suffix, fields in stored.items() if not suffix.startswith(CELLS)}
    if "due" in others:
        others["due"] = {member: score for member, score in others["due"].items() if not member.startswith(DUE)}
    return others


def compare_sessions(source, partition, fold, stored, findings):
    if fold.sessions is not None:
        facts = FactFold(fold.sessions.cells, fold.sessions.names, fold.clock)
        CellCheck(Facts(source, fold.sessions.rule), partition, facts, _of_sessions(stored), findings).run()
        held = {entity: pack(sessions) for entity, sessions in fold.sessions.held.items()}
        sample = {b'["%d"]' % place: b"%d" % number for place, number in fold.sessions.sample.items()}
    else:
        held, sample = {}, {}
    for key, expected in (("facts:sessions", held), ("entities:sessions", sample)):
        found = stored.get(key, {})
        for name in sorted(expected.keys() | found.keys()):
            where = {"source": source.name, "partition": partition, "key": key, "name": shown(name)}
            findings.same(where, expected.get(name), found.get(name))
        findings.checked[key] += len(expected)


def _of_sessions(stored):
    some = {suffix: fields for suffix, fields in stored.items() if suffix.startswith(CELLS)}
    due = {member[len(DUE):]: score for member, score in stored.get("due", {}).items() if member.startswith(DUE)}
    return {**some, "due": due} if due else some
