"""Tables in topics: journals worked out by hand, and events joined along them."""
import json
import unittest

from definition import Source
from joined import Table, changes_of
from rules import Partition
from sample_source import PLAIN, T0, event


def claim(by, epoch):
    return {"is": "claim", "by": by, "epoch": epoch, "table": "t", "topic": "web"}


def rows(by, n, *of):
    return {"is": "rows", "by": by, "n": n, "rows": [list(row) for row in of]}


def ends(by, n, of):
    return {"is": "ends", "by": by, "n": n, "at": {"0": n}, "ends": of}


def site(name):
    return json.dumps({"site": name})


BEGUN = [claim("a", 1), rows("a", 1, ("d", site("north"))), ends("a", 2, None)]


def journal(entries):
    return changes_of(enumerate(json.dumps(entry).encode() for entry in entries))


def along(entries, partition, offsets):
    table = Table(["site"])
    table.begin(journal(entries), partition)
    found = []
    for offset in offsets:
        table.move_to(offset)
        found.append(table.value("d", "site"))
    return found


class Journals(unittest.TestCase):
    def test_a_change_holds_from_its_place_on(self):
        entries = BEGUN + [rows("a", 3, ("d", site("south"))), rows("a", 4, ("d", site("west"))), ends("a", 5, {"0": 4}),
                           rows("a", 6, ("d", None)), ends("a", 7, {"0": 2, "1": 9})]
        self.assertEqual(along(entries, 0, [0, 3, 4, 5]), ["north", "north", None, None])
        self.assertEqual(along(entries, 1, [8, 9]), ["north", None])
        self.assertEqual(along(entries, 2, [99]), ["north"])

    def test_who_was_replaced_counts_for_nothing(self):
        entries = BEGUN + [rows("a", 3, ("d", site("lost"))), claim("b", 2), ends("a", 4, {"0": 1}), claim("c", 2), rows("c", 1, ("d", site("never"))),
                           rows("b", 1, ("d", site("south"))), ends("b", 2, {"0": 3}), rows("b", 1, ("d", site("again"))), ends("b", 2, {"0": 3})]
        self.assertEqual(along(entries, 0, [2, 3, 9]), ["north", "south", "south"])
        first, changes, end = journal(entries)
        self.assertEqual((first, len(changes), end), ("a", 2, len(entries)))

    def test_columns(self):
        table = Table([])
        table.begin(journal([claim("a", 1), rows("a", 1, ("d", '{"a":1.50,"b":true,"c":"","d":{},"e":1e400,"f":9007199254740993,"g":-0}'), ("x", "[1]"), ("y", "{")), ends("a", 2, None)]), 0)
        table.move_to(0)
        self.assertEqual([table.value("d", name) for name in "abcdefgh"], ["1.5", "true", None, None, None, "9007199254740992", "0", None])
        self.assertEqual([table.value(key, "a") for key in ("x", "y", "z")], [None, None, None])

    def test_events_are_joined_along_the_way(self):
        plain = {**PLAIN, "joins": [{"name": "t", "topic": "t", "columns": ["site"]}], "breakdowns": [PLAIN["breakdowns"][0], {"name": "site", "fields": ["site"]}],
                 "fields": PLAIN["fields"] + [{"name": "site", "type": "string", "optional": True, "compute": {"op": "lookup", "of": "visitor", "table": "t", "column": "site"}}],
                 "metrics": PLAIN["metrics"][:1]}
        plain.pop("entity")
        source = Source(plain)
        source.joined.tables["t"].begin(journal(BEGUN + [rows("a", 3, ("d", site("south"))), ends("a", 4, {"0": 1})]), 0)
        fold = Partition(source, 0)
        for offset in range(3):
            fold.take("data", offset, T0 * 2, None, json.dumps(event(visitor="d")).encode(), [])
        self.assertEqual(sorted(name for names in fold.names.values() for name in names), [b'["north"]', b'["south"]'])
        self.assertEqual(source.joined.tables["t"].stated(), {"0": 4})


if __name__ == "__main__":
    unittest.main()
