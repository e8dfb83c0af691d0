"""What must be there and is not: lost catalogs, topics nobody counts, dead letters and keys past their time, records gone by compaction. Needs a store server."""
import hashlib
import os
import struct
import unittest
from unittest import mock

import sample_log
import sample_store
from sample_log import batch, record
from sample_source import MINUTE, T0
from sample_store import CLOCK, PREFIX as K, click
from test_recount import Recount as Base


@unittest.skipIf(sample_store.BINARY is None, "no store server: set TIDEMARK_STORE_BIN")
class Whole(unittest.TestCase):
    setUpClass = classmethod(Base.setUpClass.__func__)
    setUp, audit = Base.setUp, Base.audit

    def test_oldest_dead_letters_gone(self):
        with open(os.path.join(self.folder, "web-0", f"{3:020d}.log"), "ab") as file:
            file.write(batch(5, [record(0, b"{")]))
        self.server.ask("HSET", K + "pos", "next", 6, "end", 6, "lastTs", 0, "lastOffset", 5, "o:data", 4, "e:rejected", 2, "clock", CLOCK.replace("],null,null]", ",0],null,null]"), "lastHash", hashlib.sha256(b"5:-1:1:{").hexdigest()[:32])
        self.server.ask("XADD", K + "feed", "6-0", "base", 5, "def", "d" * 64, "cells", b"")
        self.server.ask("XADD", K + "rejects", "6-0", "ts", 0, "reason", "not_json", "raw", "{", "bytes", 1, "events", 1)
        self.assertEqual(self.audit()[1]["examples"], [])
        self.server.ask("XDEL", K + "rejects", "2-0")
        code, outcome = self.audit()
        self.assertEqual((code, outcome["examples"][0]["key"]), (1, "rejects"))

    def test_keys_that_nobody_unlinks(self):
        with mock.patch("compare_whole.MOST_LINGERING", 0):
            self.assertEqual(self.audit()[0], 0)
            due = mock.patch("compare_whole.CLOCK_SLACK_MS", -9 * 10 ** 15)
            with due, mock.patch("rules.Partition.finish", autospec=True) as finish:
                finish.side_effect = lambda fold, offset: setattr(fold.clock, "now", 9 * 10 ** 15)
                self.assertIn("due", [each["key"] for each in self.audit("--examples", "99")[1]["examples"] if "nothing unlinks" in str(each["found"])])

    def test_chunks_of_rare_names_that_nothing_frees(self):
        self.server.ask("HSET", K + "c:path:1m:1.7083333", 5, b"\x01\x00\x00")
        names = [each["name"] for each in self.audit("--examples", "99")[1]["examples"] if each["key"] == "due"]
        self.assertEqual(names, ["1m:1770833:path"])
        self.server.ask("ZADD", K + "due", 1770834 * 16 * MINUTE + 10 * MINUTE, "g:1m:1770833:2")
        self.assertNotIn("due", [each["key"] for each in self.audit("--examples", "99")[1]["examples"]])

    def test_a_topic_that_no_source_counts_any_more(self):
        with open(os.path.join(self.folder, "committed-offsets.jsonl"), "w", encoding="utf-8") as file:
            file.write('["tidemark-clicks-g3","web",0,5,-1,""]\n["tidemark-gone-g1","old",0,5,-1,""]\n["tidemark-left-g1","older",0,5,-1,""]\n["tidemark-left-g1","older",0]\n["other","x",0,1,-1,""]\n["torn')
        code, outcome = self.audit()
        self.assertEqual((code, [(each["kind"], each["source"]) for each in outcome["examples"]]), (1, [("missing", "gone")]))
        self.server.ask("FLUSHALL")
        self.assertEqual(self.audit()[0], 1)

    def test_a_commit_in_the_topic_of_apache_kafka(self):
        text = lambda word: struct.pack(">h", len(word)) + word
        key = lambda group, topic: struct.pack(">h", 1) + text(group) + text(topic) + struct.pack(">i", 0)
        sample_log.write(self.folder, "__consumer_offsets", 7, {0: batch(0, [
            record(0, b"v", key(b"tidemark-gone-g2", b"old")), record(1, b"v", key(b"tidemark-left-g2", b"older")), record(2, None, key(b"tidemark-left-g2", b"older")),
            record(3, b"v", struct.pack(">h", 2) + text(b"tidemark-member-g1"))])})
        code, outcome = self.audit()
        self.assertEqual((code, [each["source"] for each in outcome["examples"]]), (1, ["gone"]))

    def test_what_is_expected_and_not_there(self):
        for name, code in (("clicks", 0), ("web", 0), ("readings", 1)):
            self.assertEqual(self.audit("--expect", name)[0], code, name)

    def test_records_gone_by_compaction_are_no_difference(self):
        sample_log.write(self.folder, "web", 0, {0: batch(1, [record(0, b"{", b"key")], ts=T0 + 5) + batch(2, [record(0, click(T0, "/", 9))], attributes=16, producer=7)})
        self.assertEqual(self.audit()[0], 3)
        sample_log.write(self.folder, "web", 0, {0: batch(0, [record(0, click(T0, "/", 1.5))], ts=T0 + 5) + batch(2, [record(0, click(T0, "/", 9))], attributes=16, producer=7)})
        code, outcome = self.audit()
        self.assertEqual(code, 3)
        self.assertIn("no longer holds 1 of the records that were counted", outcome["verdict"])


del Base  # its own tests run in their own file

if __name__ == "__main__":
    unittest.main()
