import copy
import json
import unittest

from definition import Source
from rules import Partition
from sample_source import HOUR, MINUTE, PLAIN, T0, event


def fold(values, **rule):
    plain = {**copy.deepcopy(PLAIN), "id": {"from": [["id"]], "withinMs": 24 * HOUR, "budget": 1000, **rule}}
    partition = Partition(Source(plain), 0)
    for offset, value in enumerate(values):
        partition.take("data", offset, T0 + 1000 * HOUR, None, json.dumps(value).encode(), [])
    return partition


def ticks(hours):
    """Two keys, so that the clock goes on."""
    return [event(T0 + hours * HOUR, "a", id=f"a{hours}"), event(T0 + hours * HOUR, "b", id=f"b{hours}")]


class Ids(unittest.TestCase):
    def test_an_event_that_came_before_counts_nowhere(self):
        partition = fold([event(id="m"), [event(id="m"), event(id="n"), event(id="n")], event(), event(), event(id="")])
        self.assertEqual(dict(partition.events), {"counted": 5, "duplicate": 2})
        self.assertEqual({bucket: len(digests) for bucket, digests in partition.ids.buckets.items()}, {"first": 2})

    def test_by_the_log_clock_and_in_eighths(self):
        def again(hours):
            values = [*ticks(0), event(T0, "a", id="x"), *ticks(1), event(T0 + HOUR, "a", id="m"), *ticks(hours), event(T0 + HOUR, "a", id="y"), event(T0 + HOUR, "a", id="m")]
            return fold(values).events["duplicate"]

        self.assertEqual([again(hours) for hours in (24, 25, 28)], [1, 1, 0])

    def test_budget_and_too_wide(self):
        partition = fold([event(id=each) for each in "abcca"], budget=2)
        self.assertEqual((dict(partition.events), partition.over["ids"]), ({"counted": 4, "duplicate": 1}, 2))
        wide = [event(T0 + index * HOUR, id=f"w{index}") for index in range(1001)]
        partition = fold([event(id="m"), wide, event(id="w1"), event(id="m")])
        self.assertEqual(dict(partition.events), {"counted": 2, "rejected": 1001, "duplicate": 1})

    def test_rows_refused_by_themselves(self):
        plain = {**copy.deepcopy(PLAIN), "rows": {"lines": False, "in": None, "pairs": None, "verdict": "each"}}
        partition = Partition(Source(plain), 0)
        partition.take("data", 0, T0, None, json.dumps([event(), event(path=1), event(T0 + 2 * MINUTE), event()]).encode(), [])
        self.assertEqual([(each.reason, each.place, each.events) for each in partition.rejects], [("wrong_type", 2, 1), ("future", 3, 1)])
        partition.take("data", 1, T0, None, json.dumps([event(path=1)] * 30).encode(), [])
        self.assertEqual([each.events for each in partition.rejects[2:]], [1] * 19 + [11])
        self.assertEqual(dict(partition.events), {"counted": 2, "rejected": 32})


if __name__ == "__main__":
    unittest.main()
