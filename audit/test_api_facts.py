"""The check of what the API answers of sessions and funnels can fail: each kind of untrue answer is seen."""
import copy
import unittest
from collections import namedtuple
from datetime import datetime, timedelta, timezone

from api_facts import FactsCheck
from findings import Findings
from sample_source import HOUR, MINUTE, T0, fold
from test_facts import FACTS, JOURNEYS, RETENTION, SESSIONS, VISITS

Check = namedtuple("Check", "api source folds findings is_kept judge")
PLAIN = {**FACTS, "retention": [], "journeys": None, "sessions": {**SESSIONS, "by": []}, "intervals": [{"name": "1h", "ms": HOUR, "keepMs": None}]}
FIRST = T0 // HOUR * HOUR
SECOND = (T0 + 50 * MINUTE) // HOUR * HOUR
META = {"rowsTotal": 1, "late": 0, "over": 0}


def figures(sessions, bounce_rate, pages, average):
    return {"sessions": sessions, "bounceRate": bounce_rate, "pagesASession": pages, "averageMs": average}


def sessions_by(by, names, all_of_them):
    """`names`: {page: [figures of the first hour, of the second, of both]}"""
    columns = {page: {key: [each[key] for each in hours[:2]] for key in hours[0]} for page, hours in names.items()}
    label = (lambda page: {by: page}) if by else (lambda page: {})
    return {"windows": {"timesMs": [FIRST, SECOND], "names": [{"labels": label(page), **column} for page, column in columns.items()]},
            "rows": [{"labels": label(page), **hours[2]} for page, hours in names.items()], "others": None, "total": all_of_them, "meta": {**META, "rowsTotal": len(names)}}


NOTHING = figures(0, None, None, None)
ALL = [figures(2, 0.5, 1.5, 5 * MINUTE), figures(1, 1.0, 1.0, 0.0), figures(3, 2 / 3, 4 / 3, 10 * MINUTE / 3)]


def right(path, by, **asked):
    """By hand: v looks at /cart and /paid, and 40 minutes later at /; w looks at /cart."""
    if path == "/v1/funnel":
        assert asked["funnel"] == "buy"
        steps = [{"count": 2}, {"count": 1}]
        return {"windows": {"timesMs": [FIRST], "names": [{"labels": {}, "steps": [[2], [1]]}]}, "rows": [{"labels": {}, "steps": steps}],
                "others": None, "total": {"steps": steps}, "meta": dict(META)}
    if by == "entry":
        return sessions_by(by, {"/cart": [ALL[0], NOTHING, ALL[0]], "/": [NOTHING, ALL[1], ALL[1]]}, ALL[2])
    if by == "exit":
        one = figures(1, 1.0, 1.0, 0.0)
        paid = figures(1, 0.0, 2.0, 10 * MINUTE)
        return sessions_by(by, {"/paid": [paid, NOTHING, paid], "/cart": [one, NOTHING, one], "/": [NOTHING, one, one]}, ALL[2])
    return sessions_by(None, {"": ALL}, ALL[2])


STEP = {("(start)", "/cart"): [2, 0], ("/cart", "/paid"): [1, 0], ("/paid", "(end)"): [1, 0], ("(start)", "/"): [0, 1]}
STEPS = {("(start)", "/cart", "/paid"): [1, 0], ("/cart", "/paid", "(end)"): [1, 0], ("/paid", "(end)", None): [1, 0]}


def journeys(steps):
    """By hand: the visit of v to /cart and /paid has ended, as another one follows; that to / and the one of w may go on."""
    rows = {1: STEP, 2: STEPS}[steps]
    labels = {each: dict(zip(("page", "next", "then"), each)) for each in rows}
    return {"windows": {"timesMs": [FIRST, SECOND], "names": [{"labels": labels[each], "journeys": hours} for each, hours in rows.items()]},
            "rows": [{"labels": labels[each], "journeys": sum(hours)} for each, hours in rows.items()], "others": None, "meta": {**META, "rowsTotal": len(rows)}}


def cohorts(unit, tz, **_range):
    """By hand: v and w join by /cart on the day of T0; v comes back on the same day only."""
    assert tz == "UTC"
    first = datetime.fromtimestamp(T0 / 1000, timezone.utc).date()
    cohort = first if unit == "day" else first - timedelta(days=first.weekday())
    periods = [{"period": 1, "cohorts": 1, "size": 2, "back": 0, "share": 0.0}, {"period": 2, "cohorts": 0, "size": 0, "back": 0, "share": None}]
    return {"rows": [{"labels": {}, "cohort": cohort.isoformat(), "size": 2, "back": [0, None], "finished": 2}],
            "total": {"size": 2, "periods": periods}, "meta": {"late": 0, "over": 0}}


class FakeApi:
    def __init__(self, change=lambda path, by, answer: None):
        self.change = change

    def ask(self, path, limit, source, by=None, interval=None, steps=None, **asked):
        told = journeys(steps) if path == "/v1/journeys" else cohorts(**asked) if path == "/v1/retention" else right(path, by, **asked)
        answer = copy.deepcopy(told)
        self.change(path, by, answer)
        return answer


def findings(change=lambda path, by, answer: None, plain=PLAIN):
    partition, found = fold(VISITS, plain), Findings(10)
    check = Check(FakeApi(change), partition.source, {0: partition}, found, lambda interval, window: True, lambda meta: None)
    FactsCheck(check).run()
    return found


class Facts(unittest.TestCase):
    def test_sound_answers_agree(self):
        found = findings()
        self.assertEqual(found.total(), 0, found.examples)
        self.assertGreater(found.checked["values of the API"], 50)

    def test_each_untrue_answer_is_seen(self):
        def of(path, by, change):
            return lambda asked, of, answer: change(answer) if (asked, of) == (path, by) else None
        for name, change in {
            "a session too many": of("/v1/sessions", None, lambda answer: answer["windows"]["names"][0]["sessions"].__setitem__(0, 3)),
            "a duration off": of("/v1/sessions", "entry", lambda answer: answer["windows"]["names"][0]["averageMs"].__setitem__(0, 300_001.0)),
            "a rate that is the mean of rates": of("/v1/sessions", None, lambda answer: answer["total"].update(bounceRate=0.75)),
            "a name that lacks": of("/v1/sessions", "exit", lambda answer: answer["windows"]["names"].pop()),
            "fewer names than there are": of("/v1/sessions", "exit", lambda answer: answer["meta"].update(rowsTotal=2)),
            "a page under another": of("/v1/sessions", "entry", lambda answer: answer["rows"][0]["labels"].update(entry="/paid")),
            "late that was none": of("/v1/sessions", None, lambda answer: answer["meta"].update(late=1)),
            "nobody over the budget": of("/v1/funnel", None, lambda answer: answer["meta"].update(over=None, late=7)),
            "a step off": of("/v1/funnel", None, lambda answer: answer["windows"]["names"][0]["steps"][1].__setitem__(0, 0)),
            "a step of all off": of("/v1/funnel", None, lambda answer: answer["total"].update(steps=[{"count": 2}, {"count": 2}])),
        }.items():
            with self.subTest(name):
                self.assertGreater(findings(change).total(), 0)

    def test_journeys(self):
        plain = {**PLAIN, "sessions": None, "funnels": [], "journeys": JOURNEYS}
        found = findings(plain=plain)
        self.assertEqual(found.total(), 0, found.examples)
        self.assertGreater(found.checked["values of the API"], 12)
        for change in (lambda answer: answer["windows"]["names"][0]["journeys"].__setitem__(0, 3), lambda answer: answer["windows"]["names"].pop(),
                       lambda answer: answer["rows"][0].update(journeys=9), lambda answer: answer["rows"][-1]["labels"].update(page="/x")):
            self.assertGreater(findings(lambda _path, _by, answer: change(answer), plain).total(), 0)

    def test_cohorts(self):
        plain = {**PLAIN, "sessions": None, "funnels": [], "retention": [{**RETENTION, "zone": "UTC"}]}
        found = findings(plain=plain)
        self.assertEqual(found.total(), 0, found.examples)
        self.assertGreater(found.checked["values of the API"], 4)
        for change in (lambda answer: answer["rows"][0].update(size=3), lambda answer: answer["rows"].clear(), lambda answer: answer["rows"][0]["back"].__setitem__(0, 1),
                       lambda answer: answer["meta"].update(over=1), lambda answer: answer["total"].update(size=None),
                       lambda answer: answer["total"]["periods"][0].update(share=0.5), lambda answer: answer["total"]["periods"][1].update(cohorts=1)):
            self.assertGreater(findings(lambda _path, _by, answer: change(answer), plain).total(), 0)


if __name__ == "__main__":
    unittest.main()
