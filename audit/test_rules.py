import gc
import json
import unittest

from decode import Record, Reject, event_of
from rows import Row
from definition import Source
from faults import CannotRecount
from rules import WINDOW_SHIFT
from sample_source import DAY, HOUR, MINUTE, PLAIN, T0, event, fold

setUpModule = gc.disable  # as recount.py does: deep nesting is slow to look through
tearDownModule = gc.enable

MINUTE_0, HOUR_0 = 28333334, 472222


def cells(partition, breakdown, interval):
    """{(window, id): cell}"""
    return {(key >> WINDOW_SHIFT, key & (1 << WINDOW_SHIFT) - 1): cell for key, cell in partition.cells[breakdown][interval].items()}


class Reasons(unittest.TestCase):
    def rejected(self, *values, **more):
        return [reject.reason for reject in fold(values, **more).rejects]

    def test_each_reason(self):
        for value, reason in (
            (None, "empty"), (b"", "empty"), (b"\xff", "not_utf8"), (b"\xed\xa0\x80", "not_utf8"), (b"{", "not_json"), (b" ", "not_json"), (b"\xef\xbb\xbf{}", "bad_time"), (b"\xef\xbb\xbf\xef\xbb\xbf{}", "not_json"),
            (b"NaN", "not_json"), (b"1", "not_an_object"), (b"null", "not_an_object"), (b"[[]]", "not_an_object"), (b"[" * 100000 + b"]" * 100000, "not_an_object"),
            (b"[]", "no_events"), ({"visitor": "v"}, "bad_time"), ({"ts": None, "visitor": "v"}, "bad_time"), (event(5), "bad_time"), (event("yesterday"), "bad_time"),
            (event(True), "bad_time"), (b'{"ts":1e999,"visitor":"v"}', "bad_time"), ({"ts": T0}, "missing_field"), ({"ts": T0, "visitor": None}, "missing_field"),
            (event(visitor=1), "wrong_type"), (event(visitor=True), "wrong_type"), (event(path=["/"]), "wrong_type"), (event(amount="1"), "wrong_type"),
            (event(amount=False), "wrong_type"), (b'{"ts":%d,"visitor":"v","amount":-1e999}' % T0, "not_finite"), (event(amount=9.1e13), "too_large"),
            (event(T0 + 500 * DAY), "future"), (b'{"ts":%d,"visitor":"v","amount":9007199254740993}' % T0, "too_large"), ([event(), {"ts": T0}], "missing_field"), ([{"ts": T0}, 1], "missing_field"), ([1, {"ts": T0}], "not_an_object"),
            ([event(T0 + 500 * DAY), {}], "bad_time"), ({"ts": T0, "path": 1}, "wrong_type"),
        ):
            self.assertEqual(self.rejected(value), [reason], value)

    def test_what_is_no_fault(self):
        for value in (event(unknown=1e300, __proto__=1), event(path=None, amount=None), event(path=""), b'{"ts":1,"ts":%d,"visitor":"v","x":1e999}' % T0, b'{"ts":%d,"visitor":"v","x":9007199254740993}' % T0, event(amount=90071992547409.9),
                      b'{"ts":%d,"visitor":"v","x":%s}' % (T0, b"[" * 200000 + b"]" * 200000)):
            self.assertEqual(self.rejected(value), [], value)

    def test_the_future_begins_after_the_allowance(self):
        self.assertEqual(self.rejected(event(T0 + MINUTE), ts=T0), [])
        self.assertEqual(self.rejected([event(T0), event(T0 + MINUTE + 1)], ts=T0), ["future"])

    def test_a_rejected_record_counts_for_nothing(self):
        partition = fold([[event(), {"ts": T0}]])
        self.assertEqual((partition.clock.newest, dict(partition.events), cells(partition, 0, 0), partition.names, partition.seen.held), (None, {"rejected": 2}, {}, {}, {}))

    def test_too_wide(self):
        def many(n):
            return [event(T0 + index * HOUR) for index in range(n)]

        # 2 breakdowns x 2 intervals = 4 cells an event, each in an hour of its own
        self.assertEqual(self.rejected(many(1000)), [])
        partition = fold([many(1001), event(path="/a")])
        self.assertEqual([reject.reason for reject in partition.rejects], ["too_wide"])
        self.assertEqual({key: names for key, names in partition.names.items() if names}, {(1, 19675): {b'["/a"]': 1}})
        self.assertEqual(self.rejected([event()] * 1500), [])  # many events, four cells


class Together(unittest.TestCase):
    """How many events go with a rejected record."""

    def lost(self, value):
        return [(reject.reason, reject.events) for reject in fold([value]).rejects]

    def test_counts(self):
        one = json.dumps(event()).encode()
        for value, reason, events in (
            (one + b"\n" + one, "not_json", 2), (one + one + b"\r\n", "not_json", 2), (b"[%s] %s" % (one, one), "not_json", 2), ((one + b"\n") * 500, "not_json", 500),
            (one + b"," + one, "not_json", 2), (b"\x1e" + one + b"\n\x1e" + one, "not_json", 2), (one + b";" + one, "not_json", 1), (one + b"\nx", "not_json", 1), (one + b"\n{", "not_json", 1), (b"}{", "not_json", 1), (one + b"\n{\"a\":}", "not_json", 1),
            ([event(), event(), event(visitor=1)], "wrong_type", 3), ([event(), event(T0 + 500 * DAY)], "future", 2), (b"[]", "no_events", 1), (b"7", "not_an_object", 1),
            ([event(T0 + index * HOUR) for index in range(1001)], "too_wide", 1001),
        ):
            self.assertEqual(self.lost(value), [(reason, events)], value[:80])


class Timestamps(unittest.TestCase):
    def test_a_record_without_one(self):
        for none in (-1, -2, 2 ** 63 - 1):
            partition = fold([event()], ts=none)
            self.assertEqual((dict(partition.events), partition.last_ts, partition.clock.since()), ({"counted": 1}, None, T0))
            self.assertEqual(fold([b"{"], ts=none).rejects[0].ts, 0)


class Counting(unittest.TestCase):
    def test_measures_by_hand(self):
        partition = fold([event(path="/", amount=1.005), [event(path="/x", amount=2), event(T0 + 61000, path="/", amount=-0.25)], event(path="/")])
        # home: 1.005 -> 100 (half to even), -0.25 -> -25; spread (tenths): 1.005 -> 10, -0.25 -> -2 (half to even), "/x" excluded
        self.assertEqual(cells(partition, 0, 0), {(MINUTE_0, 1): [3, 100, (1, 10, 100, 10, 10)], (MINUTE_0 + 1, 1): [1, -25, (1, -2, 4, -2, -2)]})
        self.assertEqual(cells(partition, 0, 1), {(HOUR_0, 1): [4, 75, (2, 8, 104, -2, 10)]})
        self.assertEqual(cells(partition, 1, 1), {(HOUR_0, 1): [3, 75, (2, 8, 104, -2, 10)], (HOUR_0, 2): [1, 0, (0, 0, 0, None, None)]})

    def test_names_go_by_log_order_within_the_budget_of_a_day(self):
        partition = fold([event(path="/b"), event(path="/a"), event(path="/c"), event(path="/b"), event(T0 + 2 * HOUR, path="/c"), event(T0 + 2 * HOUR)])
        self.assertEqual(partition.names, {(1, 19675): {b'["/b"]': 1, b'["/a"]': 2}, (1, 19676): {b'["/c"]': 1, b"[null]": 2}})
        self.assertEqual(cells(partition, 1, 0)[MINUTE_0, 0][0], 1)

    def test_lateness_goes_by_the_clock_that_earlier_records_left(self):
        ten = T0 + 11 * MINUTE  # the minute of T0 ends at T0 + 1m and is kept 10 minutes more: at the clock `ten` it is past
        partition = fold([[event(ten, "v"), event(ten, "w")], [event(T0), event(T0 + MINUTE)], event(T0 - 3 * HOUR)])
        self.assertEqual(dict(partition.events), {"counted": 4, "late": 1})
        self.assertEqual(dict(partition.late), {"1m": 1})
        self.assertEqual(sorted(cells(partition, 0, 0)), [(MINUTE_0 + 1, 1), (MINUTE_0 + 11, 1)])
        self.assertEqual(cells(partition, 0, 1)[HOUR_0, 1][0], 4)
        self.assertEqual(partition.clock.now, ten)
        within = fold([[event(ten), event(T0)]])  # the same in one record: no earlier record, nothing late
        self.assertEqual(sorted(cells(within, 0, 0)), [(MINUTE_0, 1), (MINUTE_0 + 11, 1)])

    def test_for_ever_is_never_late(self):
        plain = {**PLAIN, "intervals": [{"name": "1h", "ms": HOUR, "keepMs": None}]}
        self.assertEqual(dict(fold([event(), event(T0 - 1000 * DAY)], plain).events), {"counted": 2})

    def test_presence(self):
        partition = fold([event(T0, "a", path="/", amount=1), event(T0, "a", path="/", amount=2), event(T0 - 5, "a", path="/", amount=3), event(T0 + 1, "\ud800")])
        self.assertEqual(partition.seen.held, {b"a": (T0,), b"\xef\xbf\xbd": (T0 + 1,)})
        self.assertEqual(partition.last.held, {b'["a","/"]': (T0, 1, 0, 2.0, "a"), b'["\\ud800",null]': (T0 + 1, 3, 0, None, "\ud800")})

    def test_presence_of_a_clock_that_was_ahead(self):
        ahead = fold([[event(T0, "a", path="/"), event(T0, "b", path="/")], event(T0 + 300 * DAY, "a", path="/")])
        self.assertEqual((ahead.seen.held[b"a"], ahead.clock.now), ((T0 + 300 * DAY,), T0))
        mended = fold([[event(T0, "a", path="/"), event(T0, "b", path="/")], event(T0 + 300 * DAY, "a", path="/"), event(T0 + 5, "a", path="/", amount=7)])
        self.assertEqual((mended.seen.held[b"a"], mended.last.held[b'["a","/"]'][0]), ((T0 + 5,), T0 + 5))

    def test_the_ledger_of_offsets(self):
        partition = fold([event()])
        partition.take("control", 3, 0, None, None, None)
        partition.take("aborted", 4, 0, None, None, None)
        partition.finish(7)
        self.assertEqual(dict(partition.offsets), {"data": 1, "control": 1, "aborted": 1, "compacted": 4})
        self.assertEqual(sum(partition.offsets.values()), partition.next - partition.first)


class Paths(unittest.TestCase):
    NESTED = {**PLAIN, "time": "meta.at", "timePath": ["meta", "at"], "entity": None, "fields": [
        {"name": "path", "type": "string", "optional": True, "from": [["page", "path"], ["path"], ["p.q"]]},
        {"name": "visitor", "type": "string", "optional": False, "from": [["who"]]},
        {"name": "amount", "type": "number", "optional": True, "from": [["pay", "a", "b"]]},
    ]}

    def reads(self, plain):
        try:
            item = json.loads(json.dumps(plain), parse_int=float)
            return event_of(Source(self.NESTED), Row(item, item), Record())[1]
        except Reject as reject:
            return reject.args[0]

    def test_the_first_path_that_leads_to_a_value(self):
        meta = {"meta": {"at": T0}, "who": "v"}
        self.assertEqual(self.reads({**meta, "page": {"path": "/a"}, "path": "/b", "pay": {"a": {"b": 2}}}), ["/a", "v", 2.0])
        self.assertEqual(self.reads({**meta, "page": {"path": None}, "path": "/b"}), ["/b", "v", None])
        self.assertEqual(self.reads({**meta, "page": "x", "p.q": "/c", "pay": [{"b": 2}]}), ["/c", "v", None])
        self.assertEqual(self.reads({**meta, "page": {"path": 1}, "path": "/b"}), "wrong_type")

    def test_names_elsewhere_are_not_the_fields(self):
        self.assertEqual(self.reads({"meta": {"at": T0}, "visitor": "v"}), "missing_field")
        self.assertEqual(self.reads({"ts": T0, "who": "v"}), "bad_time")
        self.assertEqual(self.reads({"meta": [T0], "who": "v"}), "bad_time")
        self.assertEqual(self.reads({"meta.at": T0, "who": "v"}), "bad_time")

    def test_a_definition_without_paths_reads_by_name(self):
        self.assertEqual(event_of(Source(PLAIN), Row({"ts": float(T0), "visitor": "v"}, None), Record())[:2], (T0, [None, "v", None]))

    def test_paths_that_are_none(self):
        for wrong in ([], [[]], ["a"], [[1]], "a"):
            fields = [{**self.NESTED["fields"][0], "from": wrong}, *self.NESTED["fields"][1:]]
            with self.assertRaises(CannotRecount):
                Source({**self.NESTED, "fields": fields})

    def test_entities_have_a_budget_and_are_forgotten_by_the_log_clock(self):
        plain = {**PLAIN, "entity": {**PLAIN["entity"], "forgetMs": 2 * DAY, "budget": 2}, "futureMs": 900 * DAY}
        for interval in plain["intervals"]:
            self.assertIsNotNone(interval["keepMs"])
        plain["intervals"] = [{"name": "1h", "ms": HOUR, "keepMs": None}]
        partition = fold([event(T0, "a"), event(T0, "b"), event(T0, "c"), event(T0 + DAY, "b"), event(T0 + 3 * DAY, "b"), event(T0 + 3 * DAY, "c"), event(T0 + 3 * DAY, "c"), event(T0, "d"),
                          event(T0 + 3 * DAY, "d", path="/1"), event(T0 + 3 * DAY, "x" * 257)], plain)
        self.assertEqual(set(partition.seen.held), {b"b", b"c"})
        self.assertEqual(set(partition.seen.past), {b"a"})
        self.assertEqual(dict(partition.over), {"entities": 4})
        self.assertEqual(partition.seen.counts(), {T0 // DAY + 3: 2})


if __name__ == "__main__":
    unittest.main()