"""The check of what the API answers of retention can fail: each kind of untrue answer is seen."""
import copy
import unittest
from collections import namedtuple

from api_facts import FactsCheck
from findings import Findings
from sample_source import DAY, HOUR, MINUTE, T0, event, fold
from test_facts import FACTS, RETENTION, VISITS

Check = namedtuple("Check", "api source folds findings is_kept judge")
PLAIN = {**FACTS, "sessions": None, "funnels": [], "retention": [{**RETENTION, "by": [{"name": "path", "fields": ["path"]}]}]}
MIDNIGHT = T0 + 20 * HOUR + MINUTE  # in Kathmandu; v and w joined on the day that it ends, v came back on the next
PERIODS = [{"period": 1, "size": 2, "back": 1, "share": 0.5}, {"period": 2, "size": 0, "back": 0, "share": None}]
RIGHT = {
    "rows": [{"labels": {}, "cohort": "2023-11-15", "startMs": MIDNIGHT - DAY, "size": 2, "back": [1, 0], "share": [0.5, 0.0], "finished": 2},
             {"labels": {}, "cohort": "2023-11-16", "startMs": MIDNIGHT, "size": 0, "back": [0, None], "share": [None, None], "finished": 1}],
    "total": {"size": 2, "periods": PERIODS}, "others": None,
    "meta": {"asOfMs": MIDNIGHT + DAY + HOUR, "late": 0, "over": 0, "namesTotal": 1},
}


def right(by):
    answer = copy.deepcopy(RIGHT)
    if by:
        answer["names"] = [{"labels": {"path": "/cart"}, **copy.deepcopy(RIGHT["total"])}]
        for row in answer["rows"]:
            row["labels"] = {"path": "/cart"}
    return answer


def found(change=lambda by, answer: None):
    class Api:
        def ask(self, path, by, **asked):
            assert (path, asked["retention"], asked["unit"], asked["from"]) == ("/v1/retention", "back", "day", MIDNIGHT - DAY), asked
            answer = right(by)
            change(by, answer)
            return answer

    findings = Findings(10)
    partition = fold([*VISITS, event(MIDNIGHT, path="/")], PLAIN)
    FactsCheck(Check(Api(), partition.source, {0: partition}, findings, lambda interval, window: True, lambda meta: None)).run()
    return findings.total()


class Retention(unittest.TestCase):
    def test_what_is_right_is_found_right(self):
        self.assertEqual(found(), 0)

    def test_every_break_is_seen(self):
        breaks = [
            lambda by, answer: answer["rows"][0].update(size=3),
            lambda by, answer: answer["rows"][0].update(finished=3),
            lambda by, answer: answer["rows"][0].update(startMs=MIDNIGHT - DAY + HOUR),
            lambda by, answer: answer["rows"][0].update(back=[2, 0]),
            lambda by, answer: answer["rows"][0].update(share=[0.4, 0]),
            lambda by, answer: answer["rows"][1].update(back=[0, 1]),
            lambda by, answer: answer["total"]["periods"][0].update(back=2),
            lambda by, answer: answer["total"].update(size=1),
            lambda by, answer: answer["meta"].update(late=1),
            lambda by, answer: answer["meta"].update(namesTotal=2),
            lambda by, answer: by and answer["names"].clear(),
            lambda by, answer: by and answer["names"][0]["periods"][0].update(share=0.6),
        ]
        for at, change in enumerate(breaks):
            self.assertGreater(found(change), 0, at)


if __name__ == "__main__":
    unittest.main()
