"""The whole program against a real server whose content was computed by hand. Needs TIDEMARK_STORE_BIN or a server on the path."""
import contextlib
import hashlib
import io
import json
import os
import tempfile
import unittest
from unittest import mock

import recount
import sample_log
import sample_store
import store
from sample_log import batch, record
from sample_source import MINUTE, T0
from sample_store import CLOCK, FIRST, PREFIX, SECOND, click

K = PREFIX
BREAKS = {
    "a cell changed": (("HSET", K + "c:path:1h:0.29513", 113, SECOND), "different"),
    "a cell deleted": (("HDEL", K + "c:path:1m:0.1770833", 49), "missing"),
    "a chunk deleted": (("DEL", K + "c:all:1h:0.3689"), "missing"),
    "a cell added": (("HSET", K + "c:all:1m:0.221354", 24, FIRST), "extra"),
    "a cell added in a window long past": (("HSET", K + "c:all:1m:0.3", 24, FIRST), "extra"),
    "a cell of no breakdown": (("HSET", K + "c:country:1m:0.3", 24, FIRST), "extra"),
    "a slot of no chunk": (("HSET", K + "c:all:1m:0.221354", "x", FIRST), "extra"),
    "a cell that is no cell": (("HSET", K + "c:all:1h:0.3689", 30, b"\xff"), "different"),
    "the ledger of events": (("HSET", K + "pos", "e:counted", 3), "different"),
    "the ledger of offsets": (("HSET", K + "pos", "o:aborted", 0), "different"),
    "late events nobody sent": (("HSET", K + "pos", "late:1m", 1), "different"),
    "an event ahead that nobody sent": (("HSET", K + "pos", "ahead", 1), "different"),
    "the log clock": (("HSET", K + "pos", "logClock", T0 + 1), "different"),
    "the newest event": (("HSET", K + "pos", "newest", T0), "different"),
    "what the clock remembers": (("HSET", K + "pos", "clock", "[[],[0,null],null,[],null,null]"), "different"),
    "events that went with a reject": (("XADD", K + "rejects", "MAXLEN", 1, "2-1", "reason", "not_json"), "extra"),
    "no log clock": (("HDEL", K + "pos", "logClock"), "missing"),
    "since": (("HSET", K + "pos", "since", T0 + 1), "different"),
    "the last timestamp": (("HSET", K + "pos", "lastTs", T0), "different"),
    "next that is no number": (("HSET", K + "pos", "next", "5x"), "different"),
    "next past the log": (("HSET", K + "pos", "next", 6), "different"),
    "a record short": (("HSET", K + "pos", "next", 4), "extra"),
    "another definition": (("HSET", K + "pos", "def", "e" * 64), "different"),
    "pos lost": (("DEL", K + "pos"), "missing"),
    "a name changed": (("HSET", K + "n:path:19675", '["/x"]', 3), "different"),
    "a name deleted": (("HDEL", K + "n:path:19675", '["/"]'), "missing"),
    "a name added": (("HSET", K + "n:path:19675", '["/y"]', 3), "extra"),
    "names of another day": (("HSET", K + "n:path:19674", '["/y"]', 1), "extra"),
    "a score changed": (("ZADD", K + "z:home:path:1h:472222", 149, "/"), "different"),
    "a score not nought": (("ZADD", K + "z:home:path:1m:28333335", 1, "/x"), "different"),
    "a member lost": (("ZREM", K + "z:home:path:1h:472222", "/x"), "missing"),
    "a member nobody sent": (("ZADD", K + "z:home:path:1h:472222", 0, "/y"), "extra"),
    "a member spelled otherwise": (("ZADD", K + "z:home:path:1h:472222", 150, '["/"]'), "extra"),
    "a ranking lost": (("DEL", K + "z:home:path:1m:28333334"), "missing"),
    "a ranking of another window": (("ZADD", K + "z:home:path:1m:28333333", 150, "/"), "extra"),
    "a ranking of a metric that has none": (("ZADD", K + "z:events:path:1h:472222", 1, "/"), "extra"),
    "a ranking of no metric": (("ZADD", K + "z:away:path:1h:472222", 1, "/"), "extra"),
    "a ranking of no interval": (("ZADD", K + "z:home:path:1d:19675", 1, "/"), "extra"),
    "a ranking of no window": (("ZADD", K + "z:home:path:1h:x", 1, "/"), "extra"),
    "a group that is not due": (("ZREM", K + "due", "g:1h:29513:1"), "missing"),
    "a group due too early": (("ZINCRBY", K + "due", -1, "g:1m:1770833:1"), "different"),
    "a group that is due, and not there": (("ZADD", K + "due", 28333360 * MINUTE + 10 * MINUTE, "g:1m:1770834:1"), "extra"),
    "nothing due": (("DEL", K + "due"), "missing"),
    "due too early": (("ZINCRBY", K + "due", -1, "n:path:19675"), "different"),
    "due of another spelling": (("ZADD", K + "due", 5, "c:all:1m:0.1"), "extra"),
    "seen at another time": (("ZADD", K + "seen", T0 + 1, "a"), "different"),
    "seen, and never sent": (("ZADD", K + "seen", T0, "c"), "extra"),
    "a last value": (("HSET", K + "last", '["b","/x"]', f'[{T0 + MINUTE},4,0,3,"b"]'), "different"),
    "a last value lost": (("HDEL", K + "last", '["b","/x"]'), "missing"),
    "a dead letter without death": (("XADD", K + "rejects", "6-0", "reason", "not_json"), "extra"),
    "no dead letters": (("DEL", K + "rejects"), "missing"),
    "an event in the tail that is none": (("XADD", K + "tail", "6-0", "raw", "{}"), "extra"),
    "an event of no such index": (("XADD", K + "tail", "5-1", "raw", "{}"), "extra"),
    "a feed of other values": (("XADD", K + "feed", "6-0", "base", 5, "def", "d" * 64, "cells", b""), "different"),
    "a key nobody knows": (("SET", K + "lost+found", 1), "extra"),
    "a second tag": (("HSET", K.replace("~k", "~l") + "pos", "next", 5), "extra"),
    "due that never comes": (("ZADD", K + "due", "9e15", "g:1m:1770833:1"), "different"),
    "due a little late": (("ZINCRBY", K + "due", 1, "n:path:19675"), "different"),
    "the newest of the feed gone": (("XDEL", K + "feed", "5-0"), "missing"),
    "a feed that skips": (("XADD", K + "feed", "8-0", "base", 7, "def", "d" * 64, "cells", b""), "missing"),
    "the tail emptied": (("XTRIM", K + "tail", "MAXLEN", 0), "missing"),
    "the newest of the tail gone": (("XDEL", K + "tail", "5-0"), "missing"),
    "the hash of the last record": (("HSET", K + "pos", "lastHash", "0" * 32), "different"),
    "no hash of the last record": (("HDEL", K + "pos", "lastHash"), "missing"),
    "no cluster": (("HDEL", K + "pos", "cluster"), "missing"),
    "an end before what was counted": (("HSET", K + "pos", "end", 4), "different"),
    "an end past the log": (("HSET", K + "pos", "end", 6), "different"),
    "no end": (("HDEL", K + "pos", "end"), "missing"),
    "an end seen in the future": (("HSET", K + "pos", "endAt", 9 * 10 ** 15), "different"),
    "an end never seen": (("HDEL", K + "pos", "endAt"), "missing"),
    "a revision that is none": (("HSET", K + "pos", "rev", "x"), "different"),
    "rewinds that are none": (("HSET", K + "pos", "rewinds", -1), "different"),
    "a generation nobody knows": (("HDEL", "tm:{clicks}:catalog", "g:2"), "extra"),
    "keys of a source without a catalog": (("HSET", "tm:{lost/0~x}:g1:pos", "next", 1), "extra"),
    "the catalog lost": (("DEL", "tm:{clicks}:catalog"), "extra"),
    "a partition too many": (("HSET", "tm:{clicks/2~k}:g3:pos", "first", 0, "next", 0, "topic", "web", "def", "d" * 64), "extra"),
}


def run(*argv):
    """`(exit code, the JSON outcome)`"""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = recount.main([*argv, "--json"])
    return code, json.loads(out.getvalue())


@unittest.skipIf(sample_store.BINARY is None, "no store server: set TIDEMARK_STORE_BIN")
class Recount(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = sample_store.Server()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        sample_store.write_log(self.folder)
        sample_store.fill(self.server)

    def audit(self, *more):
        return run("--log", self.folder, "--store", self.server.address, *more)

    def test_what_is_right_is_found_right(self):
        code, outcome = self.audit("--source", "clicks", "--min-cells", "7", "--require-caught-up")
        self.assertEqual((code, outcome["ok"], outcome["examples"]), (0, True, []))
        self.assertEqual(outcome["sources"][0]["cells"], {"all": {"1m": 2, "1h": 1}, "path": {"1m": 2, "1h": 2}})
        self.assertEqual(outcome["sources"][0]["rejects"], {"not_json": 1})
        self.assertEqual(outcome["sources"][0]["partitions"], [{"partition": 0, "first": 0, "next": 5, "logEnd": 5, "logStart": 0, "tornBytes": 0}])

    def test_a_store_that_refuses_is_not_an_empty_one(self):
        self.server.ask("SET", "tm:{odd}:catalog", 1)
        self.assertRegex(str(self.audit("--source", "odd")), "^\\(3, .*refused HGETALL: WRONGTYPE")

    def test_a_feed_that_was_emptied_is_right(self):
        self.server.ask("XTRIM", K + "feed", "MAXLEN", 0)
        self.assertEqual(self.audit()[0], 0)

    def test_in_words(self):
        self.server.ask("HSET", K + "c:path:1h:0.29513", 113, SECOND)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(recount.main(["--log", self.folder, "--store", self.server.address]), 1)
        self.assertIn('DIFFERENT  clicks/0 c:path:1h:0.29513  slot 113, window 2023-11-14T22:00:00Z, name ["/"]\n'
                      '    expected {"events": 1, "home": 150, "spread": {"count": 1, "sum": 15, "squares": 225, "min": 15, "max": 15}}\n'
                      '    found    {"events": 1, "home": 0, "spread": {"count": 0', out.getvalue())

    def test_every_break_is_seen(self):
        for name, (command, kind) in BREAKS.items():
            with self.subTest(name):
                sample_store.fill(self.server)
                self.server.ask(*command)
                code, outcome = self.audit()
                self.assertEqual(code, 1, outcome["verdict"])
                self.assertIn(kind, [each["kind"] for each in outcome["examples"]], outcome["examples"])

    def test_a_key_of_the_wrong_type_is_a_difference(self):
        self.server.ask("SET", K + "c:all:1m:0.1", "x")
        self.assertEqual(self.audit()[0], 1)

    def test_what_is_past_may_linger_but_only_as_it_was(self):
        # At T0 + 12m both minutes are past; the hours are not.
        with open(os.path.join(self.folder, "web-0", f"{3:020d}.log"), "ab") as file:
            both = b"[%s,%s]" % (click(T0 + 12 * MINUTE, "/x", None), click(T0 + 12 * MINUTE, "/x", None, "b"))
            file.write(batch(5, [record(0, both)], ts=T0 + 12 * MINUTE))
        two = bytes.fromhex("020000")
        more = {"c:all:1m:0.221354": (34, two), "c:all:1h:0.3689": (30, bytes.fromhex("04ac02011ee1011e1e")), "c:path:1m:0.1770834": (2 * 8 + 2, two),
                "c:path:1h:0.29513": (114, bytes.fromhex("030000"))}
        for suffix, (slot, cell) in more.items():
            self.server.ask("HSET", K + suffix, slot, cell)
        self.server.ask("ZADD", K + "due", 1770835 * 16 * MINUTE + 10 * MINUTE, "g:1m:1770834:1")
        rankings = {"z:home:path:1m:28333346": {"/x": 0}, "z:home:path:1h:472222": {"/": 150, "/x": 0}}
        for suffix, members in rankings.items():
            for member, score in members.items():
                self.server.ask("ZADD", K + suffix, score, member)
        self.server.ask("HSET", K + "pos", "next", 6, "logClock", T0 + 12 * MINUTE, "newest", T0 + 12 * MINUTE, "lastTs", T0 + 12 * MINUTE, "lastOffset", 5, "o:data", 4, "e:counted", 4)
        clock = json.loads(CLOCK)  # keys, alone, run, arrivals ...
        clock[0] = [[clock[0][0][0], T0 + 12 * MINUTE, 3, 0, 0], [clock[0][1][0], T0 + 12 * MINUTE, 4, 0, 0]]
        clock[2] = [T0, T0 + 12 * MINUTE, 4]
        clock[3].append(T0 + 12 * MINUTE)
        self.server.ask("HSET", K + "pos", "clock", json.dumps(clock, separators=(",", ":")))
        self.server.ask("ZADD", K + "seen", T0 + 12 * MINUTE, "a", T0 + 12 * MINUTE, "b")
        self.server.ask("HSET", K + "last", '["a","/x"]', f'[{T0 + 12 * MINUTE},5,0,null,"a"]', '["b","/x"]', f'[{T0 + 12 * MINUTE},5,1,null,"b"]')
        self.server.ask("DEL", K + "feed")
        self.server.ask("XADD", K + "feed", "6-0", "base", 5, "def", "d" * 64, "cells", b"")
        for index, visitor in enumerate("ab"):
            self.server.ask("XADD", K + "tail", f"6-{index}", "ts", T0 + 12 * MINUTE, "at", T0 + 12 * MINUTE, "raw", click(T0 + 12 * MINUTE, "/x", None, visitor))
        self.server.ask("HSET", K + "pos", "end", 6, "lastHash", hashlib.sha256(b"5:-1:%d:" % len(both) + both).hexdigest()[:32])
        code, outcome = self.audit()
        self.assertEqual((code, outcome["cells"], outcome["lingering"]), (0, 5, 4), outcome["examples"])
        self.server.ask("DEL", K + "c:path:1m:0.1770833")
        code, outcome = self.audit()
        self.assertEqual((code, outcome["cells"], outcome["lingering"]), (0, 5, 2), outcome["examples"])
        self.server.ask("DEL", K + "z:home:path:1m:28333334")
        self.assertEqual(self.audit()[0], 0)
        self.server.ask("ZADD", K + "z:home:path:1m:28333335", 7, "/x", 0, "/y")
        self.assertEqual(self.audit()[1]["differences"], {"missing": 0, "extra": 1, "different": 1})
        self.server.ask("HSET", K + "c:all:1m:0.221354", 22, SECOND)
        self.assertEqual(self.audit()[1]["differences"], {"missing": 0, "extra": 1, "different": 2})

    def test_a_bomb_is_one_reject_and_what_was_passed_over_is_nothing(self):
        with open(os.path.join(self.folder, "web-0", f"{3:020d}.log"), "ab") as file:
            file.write(batch(5, [record(0, bytes(70_000_000))], ts=T0 + 7, attributes=1, last_delta=4))
            damaged = bytearray(batch(10, [record(0, b"{"), record(1, b"{")], ts=T0, last_delta=2))
            damaged[61:62] = b"\x7f"  # the first record is longer than its batch
            damaged[17:21] = sample_log.crc32c_bitwise(bytes(damaged[21:])).to_bytes(4, "big")
            file.write(damaged + batch(13, [record(0, b"[]")], ts=T0 + 9))
        self.server.ask("HSET", K + "pos", "next", 14, "lastTs", T0 + 9, "lastOffset", 13, "o:data", 9, "o:skipped", 3, "skips", "[[10,13]]", "e:rejected", 3,
                        "clock", "[[[3826002220,1700000040000,1,0,0],[3876335077,1700000100000,2,0,0]],[0,null],[1700000040000,1700000100000,2],"
                                 "[1700000040005,1700000040005,1700000100005,1700000040007,1700000040009],null,null]",
                        "end", 14, "lastHash", hashlib.sha256(b"13:-1:2:[]").hexdigest()[:32])
        self.server.ask("XADD", K + "feed", "14-0", "base", 5, "def", "d" * 64, "cells", b"")
        self.server.ask("XADD", K + "rejects", "10-0", "ts", T0 + 7, "reason", "inflated_too_large", "detail", "", "key", "", "raw", "", "bytes", 0, "events", 1, "count", 5)
        self.server.ask("XADD", K + "rejects", "13-0", "ts", 5, "reason", "skipped", "detail", "why", "key", "", "raw", "", "bytes", 0, "events", 0, "count", 3)
        self.server.ask("XADD", K + "rejects", "14-0", "ts", T0 + 9, "reason", "no_events", "detail", "", "key", "", "raw", "[]", "bytes", 2, "events", 1)
        self.server.ask("HSET", K + "halt", "code", "UNREADABLE", "message", "of before")
        code, outcome = self.audit("--require-caught-up")
        self.assertEqual((code, outcome["examples"]), (0, []))
        self.assertEqual(outcome["sources"][0]["rejects"], {"not_json": 1, "inflated_too_large": 1, "skipped": 1, "no_events": 1})
        self.server.ask("HSET", K + "pos", "o:skipped", 2, "o:data", 10)
        self.assertEqual(self.audit()[1]["differences"], {"missing": 0, "extra": 0, "different": 2})
        self.server.ask("HDEL", K + "pos", "skips")
        self.assertEqual(self.audit()[0], 3)  # nobody said that the damaged batch was given up

    def test_nothing_proved_is_no_success(self):
        code, outcome = self.audit("--min-cells", "8")
        self.assertEqual((code, outcome["verdict"]), (2, "NOTHING PROVED: 7 cells were expected, and --min-cells asks for 8"))

    def test_the_log_may_be_ahead_unless_it_must_not(self):
        with open(os.path.join(self.folder, "web-0", f"{3:020d}.log"), "ab") as file:
            file.write(batch(5, [record(0, b"later")]))
        self.assertEqual(self.audit()[0], 0)
        self.assertEqual(self.audit("--require-caught-up")[0], 5)

    def test_a_record_of_an_open_transaction_must_not_be_counted(self):
        sample_log.write(self.folder, "web", 0, {3: sample_log.marker(3, False, 7) + batch(
            4, [record(0, click(T0 + MINUTE, "/x", 2, "b"), headers=[(b"via", b"curl")])], max_ts=T0 + MINUTE + 5, attributes=8 | 16, producer=8)})
        code, outcome = self.audit("--examples", "99")
        self.assertEqual(code, 1)
        self.assertIn("o:data", [each.get("name") for each in outcome["examples"]])

    def test_a_partition_the_store_never_opened(self):
        sample_log.write(self.folder, "web", 1, {0: batch(0, [record(0, b"{")])})
        code, outcome = self.audit()
        self.assertEqual((code, outcome["examples"][0]["partition"]), (1, 1))

    def test_a_log_cut_below_the_first_record(self):
        os.remove(os.path.join(self.folder, "web-0", f"{0:020d}.log"))
        code, outcome = self.audit()
        self.assertEqual((code, outcome["verdict"]), (3, "clicks/0 was counted from offset 0, and the log begins at 3: what is gone cannot be recounted"))

    def test_a_store_that_moves(self):
        read, times = store.Store._read, []

        def read_and_move(self, source):
            times.append(1)
            self.nodes[0].ask("HINCRBY", K + "pos", "rev", 1 if len(times) <= moves else 0)
            return read(self, source)

        with mock.patch.object(store.Store, "_read", read_and_move), mock.patch.object(store, "PAUSE_S", 0):
            moves = 2
            self.assertEqual((self.audit()[0], len(times)), (0, 3))
            moves, times = 99, []
            self.assertEqual((self.audit()[0], len(times)), (4, 5))

    def test_the_same_by_kcat(self):
        envelopes = [{"offset": 0, "ts": T0 + 5, "key": None, "payload": click(T0, "/", 1.5).decode()}, {"offset": 1, "ts": T0 + 5, "key": "key", "payload": "{"},
                     {"offset": 4, "ts": T0 + MINUTE + 5, "headers": ["via", "curl"], "key": None, "payload": click(T0 + MINUTE, "/x", 2, "b").decode()}]
        path = os.path.join(self.folder, "kcat.json")
        with open(path, "w", encoding="utf-8") as file:
            for each in envelopes:
                file.write(json.dumps({"topic": "web", "partition": 0, **each}) + "\n")
        code, outcome = run("--kcat", path, "--store", self.server.address, "--require-caught-up")
        self.assertEqual((code, outcome["examples"]), (0, []))
        self.server.ask("HSET", K + "pos", "o:control", 2)
        self.assertEqual(run("--kcat", path, "--store", self.server.address)[0], 1)

    def test_another_definition_from_a_file(self):
        path = os.path.join(self.folder, "definition.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**sample_store.PLAIN, "budget": 1}, file)
        self.assertEqual(self.audit("--definition", path)[0], 1)

    def test_what_cannot_be_read(self):
        self.assertEqual(self.audit("--source", "nothing")[0], 3)
        self.assertEqual(run("--log", self.folder, "--store", "127.0.0.1:1")[0], 3)
        self.assertEqual(run("--log", os.path.join(self.folder, "nowhere"), "--store", self.server.address)[0], 3)


class Usage(unittest.TestCase):
    def test_faults_of_the_command_line(self):
        for argv in ([], ["--log", "x"], ["--log", "x", "--kcat", "y", "--store", "z"], ["--log", "x", "--store", "z", "--min-cells", "many"]):
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as exit_of:
                recount.main(argv)
            self.assertEqual(exit_of.exception.code, 64)


if __name__ == "__main__":
    unittest.main()
