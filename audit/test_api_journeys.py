"""The check of what the API answers of journeys can fail: each kind of untrue answer is seen."""
import copy
import unittest

from api_journeys import JourneysCheck
from findings import Findings
from sample_source import HOUR, fold
from test_api_facts import FIRST, PLAIN, SECOND, Check
from test_facts import JOURNEYS, VISITS

SOURCE = {**PLAIN, "sessions": None, "funnels": [], "retention": [], "journeys": JOURNEYS}
# By hand: v looks at /cart and /paid, and 40 minutes later at /; w looks at /cart. (label, first hour, second hour, of the page, of the next)
ONE = [(("(start)", "/cart"), 2, 0, 2 / 3, 1.0), (("(start)", "/"), 0, 1, 1 / 3, 1.0), (("/cart", "/paid"), 1, 0, 1.0, 1.0), (("/paid", "(end)"), 1, 0, 1.0, 1.0)]
TWO = [(("(start)", "/cart", "/paid"), 1, 0, 1.0, 1.0), (("/cart", "/paid", "(end)"), 1, 0, 1.0, 1.0), (("/paid", "(end)", None), 1, 0, 1.0, 1.0)]


def right(steps):
    rows = []
    for label, first, second, of_page, of_next in ONE if steps == 1 else TWO:
        labels = dict(zip(("page", "next", "then"), label))
        rows.append({"labels": labels, "journeys": first + second, "ofPage": of_page, "ofNext": of_next})
    meta = {"rowsTotal": len(rows), "views": 4, "visits": 3, "open": 2 if steps == 1 else 4, "late": 0, "over": 0}
    return {"rows": rows, "others": None, "total": {"journeys": sum(each["journeys"] for each in rows)}, "meta": meta}


class FakeApi:
    def __init__(self, change):
        self.change = change

    def ask(self, path, steps, limit, source, **asked):
        assert path == "/v1/journeys" and asked == {"from": FIRST, "to": SECOND + HOUR}
        answer = copy.deepcopy(right(steps))
        if steps == 2 or not self.change:
            return answer
        self.change(answer)
        return answer


def findings(change=None):
    partition, found = fold(VISITS, SOURCE), Findings(10)
    JourneysCheck(Check(FakeApi(change), partition.source, {0: partition}, found, lambda interval, window: True, lambda meta: None)).run()
    return found


class Journeys(unittest.TestCase):
    def test_sound_answers_agree(self):
        found = findings()
        self.assertEqual(found.total(), 0, found.examples)
        self.assertGreater(found.checked["values of the API"], 30)

    def test_each_untrue_answer_is_seen(self):
        for name, change in {
            "a transition of the range off": lambda answer: answer["rows"][2].update(journeys=2),
            "one to another page": lambda answer: answer["rows"][2]["labels"].update(next="/"),
            "fewer than there are": lambda answer: answer["meta"].update(rowsTotal=3),
            "a share of something else": lambda answer: answer["rows"][0].update(ofPage=2 / 5),
            "an end that nobody knows": lambda answer: answer["meta"].update(open=1),
            "a visit too few": lambda answer: answer["meta"].update(visits=2),
            "late that was none": lambda answer: answer["meta"].update(late=1),
            "a total off": lambda answer: answer["total"].update(journeys=4),
        }.items():
            with self.subTest(name):
                self.assertGreater(findings(change).total(), 0)


if __name__ == "__main__":
    unittest.main()
