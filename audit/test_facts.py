"""Sessions, funnels, retention and journeys: by hand, and what is not so in a store is found."""
import unittest
from collections import Counter

from compare_facts import compare_facts, of_events
from findings import Findings
from keys import WINDOW_SHIFT, group_due, names_due, place
from pack import pack
from sample_source import DAY, HOUR, MINUTE, PLAIN, T0, event, fold

SESSIONS = {"gapMs": 30 * MINUTE, "lateMs": 30 * MINUTE, "page": "path", "where": [], "by": [], "budget": 10}
FUNNEL = {"name": "buy", "withinMs": HOUR, "by": [], "budget": 10,
          "steps": [{"name": each, "where": [{"field": "path", "op": "is", "values": [each]}]} for each in ("/cart", "/paid")]}
JOURNEYS = {"gapMs": 30 * MINUTE, "lateMs": 30 * MINUTE, "page": "path", "where": [], "steps": 2, "transitions": 10, "budget": 10}
# T0 is 03:59 on the 15th there, so that a day begins 20 hours later.
RETENTION = {"name": "back", "zone": "Asia/Kathmandu", "weekStart": "monday", "joins": [{"field": "path", "op": "is", "values": ["/cart"]}], "returns": [],
             "units": [{"unit": "day", "periods": 2}], "by": [], "lateMs": 2 * DAY, "keepMs": 60 * DAY, "budget": 10}
FACTS = {**PLAIN, "budget": 10, "entity": None, "sessions": SESSIONS, "funnels": [FUNNEL], "retention": [RETENTION], "journeys": JOURNEYS}
VISITS = [event(T0, path="/cart"), event(T0 + 10 * MINUTE, path="/paid"), event(T0 + 50 * MINUTE, path="/"), event(T0 + MINUTE, "w", path="/cart")]


def stored_of(partition):
    """As a worker would have written it."""
    stored, due = {}, {}
    for one in partition.facts:
        facts, blocks = one.cells, Counter()
        for breakdown, tables in zip(facts.breakdowns, facts.cells):
            for interval, cells in zip(facts.intervals, tables):
                for key, cell in cells.items():
                    block, group, slot = place(breakdown.name, key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1)
                    stored.setdefault(f"c:{breakdown.name}:{interval.name}:{block}.{group}", {})[b"%d" % slot] = pack(facts.kinds, cell)
                    total = breakdown.name.endswith(".all")
                    member = f"{facts.fact}/t:{interval.name}:{group}" if total else f"{facts.fact}/g:{interval.name}:{group}:{'.'.join('1' for _ in facts.breakdowns[1:])}"
                    due[member.encode()] = b"%d" % group_due(breakdown.name, interval, group)
        for (breakdown, day), table in facts.names.items():
            suffix = f"n:{facts.breakdowns[breakdown].name}:{day}"
            stored[suffix] = {name: b"%d" % number for name, number in table.items()}
            due[f"{facts.fact}/{suffix}".encode()] = b"%d" % names_due(facts.intervals, day)
        stored[f"facts:{facts.fact}"] = one.packed()
        stored[f"entities:{facts.fact}"] = {b'["%d"]' % each: b"%d" % number for each, number in facts.sample.items()}
    return {**stored, "due": due}


def differences(partition, stored):
    findings = Findings(10)
    compare_facts(partition.source, 0, partition, stored, findings)
    return findings.total()


class Facts(unittest.TestCase):
    def setUp(self):
        self.partition = fold(VISITS, FACTS)

    def test_sessions_by_hand(self):
        sessions = self.partition.facts[0]
        hours = {}
        for key, cell in sessions.cells.cells[0][1].items():
            hours[(key >> WINDOW_SHIFT) * HOUR] = cell
        # Two began in the hour of T0, one of them of two events; one 50 minutes later.
        self.assertEqual(sorted(hours.values()), [[1, 1, 1, 0, 0, 0, 1], [2, 1, 3, 10 * MINUTE, 0, 0, 2]])

    def test_funnel_by_hand(self):
        funnel = self.partition.facts[1]
        self.assertEqual(list(funnel.cells.cells[0][1].values()), [[2, 1, 0, 0, 2]])

    def test_retention_by_hand(self):
        def day_of(*later):
            tables = fold([*VISITS, *later], FACTS).facts[2].cells.cells[0]
            return [(key >> WINDOW_SHIFT, cell) for key, cell in tables[0].items()]
        midnight = T0 + 20 * HOUR + MINUTE
        self.assertEqual(day_of(event(midnight - 1, path="/"), event(midnight, "new", path="/")), [(19676, [2, 0, 0, 0, 0, 2])])
        self.assertEqual(day_of(event(midnight, path="/"), event(midnight + HOUR, path="/")), [(19676, [2, 1, 0, 0, 0, 2])])

    def test_journeys_by_hand(self):
        journeys = self.partition.facts[3]
        names = {(name, day): number for (breakdown, day), table in journeys.cells.names.items() if breakdown == 3 for name, number in table.items()}
        counts = {}
        for key, cell in journeys.cells.cells[3][1].items():
            counts[key & (1 << WINDOW_SHIFT) - 1] = counts.get(key & (1 << WINDOW_SHIFT) - 1, 0) + cell[0]
        said = {name.decode(): counts[number] for (name, _day), number in names.items()}
        self.assertEqual(said, {'["(start)","/cart"]': 2, '["/cart","/paid"]': 1, '["/paid","(end)"]': 1, '["(start)","/"]': 1})
        # Onward from the last views of both nobody knows yet.
        self.assertEqual([sum(cell[slot] for cell in journeys.cells.cells[0][1].values()) for slot in range(7)], [5, 3, 4, 3, 0, 0, 3])

    def test_what_is_right_is_found_right(self):
        self.assertEqual(differences(self.partition, stored_of(self.partition)), 0)

    def test_every_break_is_seen(self):
        for suffix, fields in stored_of(self.partition).items():
            for field in fields:
                stored = stored_of(self.partition)
                stored[suffix][field] = b"7"
                self.assertGreater(differences(self.partition, stored), 0, (suffix, field))
                del stored[suffix][field]
                self.assertGreater(differences(self.partition, stored), 0, (suffix, field))

    def test_events_and_facts_are_apart(self):
        stored = {**stored_of(self.partition), "c:all:1m:0.1": {}, "n:path:1": {}}
        self.assertEqual(set(of_events(stored)) - {"due"}, {"c:all:1m:0.1", "n:path:1"} | {each for each in stored if each.startswith(("facts:", "entities:"))})
        self.assertEqual(of_events(stored)["due"], {})

    def test_a_fact_that_nobody_declared(self):
        self.assertEqual(differences(fold(VISITS), {"facts:sessions": {b"v": b"7"}, "c:sessions.all:1m:0.1": {b"1": b"7"}}), 2)


if __name__ == "__main__":
    unittest.main()
