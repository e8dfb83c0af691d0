"""Each measure by its rule, against the examples that the pipeline is held to as well, and in parts."""
import json
import math
import os
import random
import unittest

from definition import Metric, Series
from keys import DAY_MS
from measures import MEASURES
from pack import pack, unpack
from readings import Reading, Readings

EXAMPLES = os.path.join(os.path.dirname(__file__), "..", "test", "fixtures", "measures.json")


def events_of(example):
    return [*example["events"], *([f"text-{n}", n, n, 0] for n in range(example["texts"]))]


def state_of(measure, events):
    state = measure.BLANK
    if hasattr(measure, "step"):
        return state_of_series(measure, events)
    for value, at, offset, index in events:
        state = measure.add(state, value, (at, offset, index))
    return state


SERIES = Series((), frozenset("ab"), 600, DAY_MS, 1)


def state_of_series(measure, events):
    """The events are readings of one series, and one window holds them all."""
    kind = next(kind for kind, each in MEASURES.items() if each is measure)
    readings, state = Readings(Metric(kind, "m", 0, 0, [], 0, [], SERIES)), measure.BLANK
    for value, at, offset, index in events:
        for first, second, times in readings.take(["s"], Reading(at, offset, index, measure.value_of(value, SERIES), (1,)), None):
            for _window, _named, part in measure.step(first, second, DAY_MS, SERIES):
                state = measure.merge(state, part, times)
    return state


class Examples(unittest.TestCase):
    def setUp(self):
        with open(EXAMPLES, encoding="utf-8") as file:
            self.examples = json.load(file)

    def test_bytes_and_answers(self):
        self.assertEqual({example["kind"] for example in self.examples}, set(MEASURES))
        for example in self.examples:
            kind = example["kind"]
            with self.subTest(kind=kind, texts=example["texts"]):
                measure = MEASURES[kind]
                state = state_of(measure, events_of(example))
                beside, again = {}, {}
                data = pack([kind], [state], beside)
                self.assertEqual(data.hex(), example["packed"])
                self.assertEqual({name.decode(): piece.hex() for name, piece in beside.items()}, example.get("pieces", {}))
                self.assertEqual(pack([kind], unpack([kind], data, beside), again), data)
                self.assertEqual(again, beside)
                self.assertEqual(set(measure.STATISTICS), set(example["read"]))
                for statistic, expected in example["read"].items():
                    found = measure.read(state, statistic, example["decimals"])
                    if statistic in measure.ROUNDED and expected is not None:
                        self.assertTrue(math.isclose(found, expected, rel_tol=1e-12), statistic)
                    else:
                        self.assertEqual(found, expected, statistic)
                self.assertEqual(hasattr(measure, "buckets"), "buckets" in example)
                if "buckets" in example:
                    self.assertEqual([list(each) for each in measure.buckets(state, example["decimals"])], example["buckets"])

    def test_parts_in_any_order(self):
        chance = random.Random(8)
        for example in self.examples:
            kind, events = example["kind"], events_of(example)
            if len(events) > 5000 or hasattr(MEASURES[kind], "step"):  # of readings the parts are steps, and no part knows those of another
                continue
            with self.subTest(kind=kind, texts=example["texts"]):
                measure = MEASURES[kind]
                events = chance.sample(events, len(events))
                cut = chance.randrange(len(events) + 1)
                whole = measure.merge(state_of(measure, events[cut:]), state_of(measure, events[:cut]))
                beside = {}
                self.assertEqual(pack([kind], [whole], beside).hex(), example["packed"])
                self.assertEqual({name.decode(): piece.hex() for name, piece in beside.items()}, example.get("pieces", {}))


if __name__ == "__main__":
    unittest.main()
