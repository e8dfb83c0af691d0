"""The check of the API's answers can fail: each kind of untrue answer is seen."""
import unittest
from collections import namedtuple

from api import ApiCheck, add
from definition import Source
from faults import CannotRecount
from findings import Findings
from measures import MEASURES

Clock = namedtuple("Clock", "now")
Fold = namedtuple("Fold", "clock cells names next")
PLAIN = {"name": "s", "topic": "s", "key": "d", "time": "ts", "futureMs": 60000, "budget": 10, "entity": None,
         "fields": [{"name": "d", "type": "string", "optional": False, "from": [["d"]]}, {"name": "v", "type": "number", "optional": False, "from": [["v"]]}],
         "breakdowns": [{"name": "all", "fields": []}, {"name": "d", "fields": ["d"]}],
         "metrics": [{"kind": "count", "name": "n", "where": []}, {"kind": "stats", "name": "v", "field": "v", "decimals": 1, "where": []}],
         "derived": [{"name": "each", "kind": "ratio", "of": [{"metric": "v", "stat": "sum"}, {"metric": "n", "stat": "count"}]},
                     {"name": "rate", "kind": "per", "of": [{"metric": "n", "stat": "count"}], "everyMs": 30000},
                     {"name": "rest", "kind": "difference", "of": [{"metric": "v", "stat": "count"}, {"metric": "n", "stat": "count"}]}],
         "intervals": [{"name": "1m", "ms": 60000, "keepMs": None}]}
CELL = [2, (2, 30, 500, 10, 20)]  # n = 2; v: 1.0 and 2.0


class FakeApi:
    """Answers as a sound API would, but for what is changed."""

    def __init__(self, change=lambda answer, metric: None):
        self.change = change

    def ask(self, _path, metric, by=None, **_range):
        statistic = {"s.n": 2, "s.v.count": 2, "s.v.sum": 3.0, "s.v.min": 1.0, "s.v.max": 2.0, "s.v.avg": 1.5, "s.v.stddev": 0.5,
                     "s.each": 1.5, "s.rate": 1.0, "s.rest": 0}[metric]
        answer = {"timesMs": [0], "series": [{"labels": {"d": "\\__other__"} if by else {}, "values": [statistic]}],
                  "meta": {"vector": {"0": 2}, "behindRecords": 0, "complete": 1, "asOfMs": 5, "logEnd": {"from": "kafka"}}}
        self.change(answer, metric)
        return answer


def check(change=lambda answer, metric: None, end=2):
    findings = Findings()
    fold = Fold(Clock(None), [[{1: CELL}], [{1: CELL}]], {(1, 0): {b'["__other__"]': 1}}, 2)
    ApiCheck(FakeApi(change), Source(PLAIN), {0: fold}, {0: end}, findings).run()
    return findings


class Answers(unittest.TestCase):
    def test_a_sound_api_agrees(self):
        findings = check()
        self.assertEqual((findings.total(), findings.checked["values of the API"]), (0, 20))

    def test_each_untrue_answer_is_seen(self):
        for name, change in {
            "a count too small": lambda answer, metric: metric == "s.n" and answer["series"][0]["values"].__setitem__(0, 1),
            "a ratio off": lambda answer, metric: metric == "s.each" and answer["series"][0]["values"].__setitem__(0, 1.5001),
            "a rate of another time": lambda answer, metric: metric == "s.rate" and answer["series"][0]["values"].__setitem__(0, 2.0),
            "a value missing": lambda answer, metric: metric == "s.v.min" and answer["series"][0]["values"].__setitem__(0, None),
            "a deviation off": lambda answer, metric: metric == "s.v.stddev" and answer["series"][0]["values"].__setitem__(0, 0.5000001),
            "a literal value told as the overflow": lambda answer, metric: answer["series"][0].update(other=True),
            "complete while it lacks": lambda answer, metric: answer["meta"].update(incomplete=[{}]),
            "known up to tomorrow": lambda answer, metric: answer["meta"].update(asOfMs=9e12),
            "behind nothing": lambda answer, metric: answer["meta"].update(behindRecords=3),
        }.items():
            with self.subTest(name):
                self.assertGreater(check(change).total(), 0)
        self.assertGreater(check(end=5).total(), 0)  # Kafka holds more than the answer says

    def test_a_range_as_a_whole(self):
        sizes, people = MEASURES["quantiles"], MEASURES["uniques"]
        plain = {**PLAIN, "derived": [], "metrics": [{"kind": "quantiles", "name": "v", "field": "v", "decimals": 1, "where": [], "breakdowns": ["d"]},
                                      {"kind": "uniques", "name": "u", "field": "d", "where": [], "breakdowns": ["d"]}]}
        first, second = ([sizes.add(sizes.add(sizes.BLANK, 300, None), 301 + at, None), people.add(people.BLANK, "a" * at, None)] for at in (1, 40))
        fold = Fold(Clock(None), [[{}], [{1: first, 1 << 32 | 1: second}]], {(1, 0): {b'["a"]': 1}}, 2)
        asked = []

        def right(path, **_asked):
            asked.append((path, _asked["metric"], _asked["by"]))
            if path == "/v1/series":
                return {"timesMs": [], "series": [], "meta": FakeApi().ask(path, "s.n")["meta"]}
            row = {"value": 4, "buckets": [{"from": 28.8, "to": 32.0, "count": 3}, {"from": 32.0, "to": 35.2, "count": 1}]}
            row = {"value": 2} if _asked["metric"] == "s.u" else row
            return {"rows": [{"labels": {"d": "a"}, **row}], "total": row}

        def findings(change=lambda answer: None):
            found, api = Findings(), FakeApi()
            api.ask = lambda path, **_asked: (lambda answer: (change(answer), answer)[1])(right(path, **_asked))
            ApiCheck(api, Source(plain), {0: fold}, {0: 2}, found).run()
            return found
        self.assertEqual((findings().total(), findings().checked["values of the API"]), (0, 4))
        self.assertEqual({one for one in asked if one[0] == "/v1/top"}, {("/v1/top", "s.v.histogram", "d"), ("/v1/top", "s.u", "d")})
        for change in (lambda answer: "buckets" in answer.get("total", {}) and answer["total"]["buckets"].pop(),
                       lambda answer: answer.get("rows") and answer["rows"][0].update(value=3)):
            self.assertGreater(findings(change).total(), 0)

    def test_another_vector_is_no_verdict(self):
        with self.assertRaises(CannotRecount):
            check(lambda answer, metric: answer["meta"].update(vector={"0": 1}))

    def test_cells_of_partitions_add_up(self):
        kinds = ["count", "stats"]
        self.assertEqual(add(kinds, CELL, [1, (1, -5, 25, -5, -5)]), [3, (3, 25, 525, -5, 20)])
        self.assertEqual(add(kinds, Source(PLAIN).blank, CELL), CELL)
        self.assertIsNone(MEASURES["stats"].read(MEASURES["stats"].BLANK, "avg", 1))


if __name__ == "__main__":
    unittest.main()
