"""The check of ratios over two sources can fail: each kind of untrue answer is seen."""
import copy
import unittest
from collections import namedtuple

from api import ApiCheck
from definition import Source
from faults import CannotRecount
from findings import Findings
from ratios import RatioCheck
from test_api import PLAIN

Clock = namedtuple("Clock", "now")
Fold = namedtuple("Fold", "clock cells names next")


def cell(count):
    return [count, (count, 30, 500, 10, 20)]


class FakeApi:
    """Of 2 and 3 in `a`, 4 and 4 and 5 in `b`, in windows 1, 2 and 1, 2, 3."""

    def __init__(self, change=lambda answer: None):
        self.change = change

    def ask(self, _path, metric, per, by=None, **_range):
        values = [0.5, 0.75, 0] if metric == "a.n" else [2.0, 4 / 3]
        meta = {"vector": {"0": 2}, "behindRecords": 0, "complete": 1, "asOfMs": 5, "logEnd": {"from": "kafka"}}
        answer = {"timesMs": [60000, 120000, 180000][:len(values)], "series": [{"labels": {"d": "x"} if by else {}, "values": values}],
                  "meta": {**meta, "per": {"vector": {"0": 2}, "complete": 1}}}
        self.change(answer)
        return answer


def check(change=lambda answer: None):
    findings, checks = Findings(), []
    for name, cells in (("a", {1: 2, 2: 3}), ("b", {1: 4, 2: 4, 3: 5})):
        plain = {**copy.deepcopy(PLAIN), "name": name, "derived": []}
        total = {window << 32: cell(count) for window, count in cells.items()}
        named = {(window << 32) + 1: cell(count) for window, count in cells.items()}
        fold = Fold(Clock(None), [[total], [named]], {(1, 0): {b'["x"]': 1}}, 2)
        checks.append(ApiCheck(FakeApi(change), Source(plain), {0: fold}, {0: 2}, findings))
    RatioCheck(checks, findings).run()
    return findings


class Ratios(unittest.TestCase):
    def test_a_sound_api_agrees(self):
        findings = check()
        self.assertEqual((findings.total(), findings.checked["values of the API"]), (0, 10))

    def test_each_untrue_answer_is_seen(self):
        for name, change in {
            "a mean in place of a ratio": lambda answer: answer["series"][0]["values"].__setitem__(1, 0.625),
            "a value missing": lambda answer: answer["series"][0]["values"].__setitem__(0, None),
            "more complete than what is divided by": lambda answer: answer["meta"]["per"].update(complete=0.5),
        }.items():
            with self.subTest(name):
                self.assertGreater(check(change).total(), 0)

    def test_another_moment_of_what_is_divided_by_is_no_difference_but_no_recount(self):
        with self.assertRaises(CannotRecount):
            check(lambda answer: answer["meta"]["per"].update(vector={"0": 1}))


if __name__ == "__main__":
    unittest.main()
