import tempfile
import unittest

import sample_log
from crc32c import crc32c
from faults import CannotRecount
from kcat import KcatLog
from sample_log import batch, marker, record
from segments import SegmentLog


def read(segments, partition=0):
    with tempfile.TemporaryDirectory() as folder:
        sample_log.write(folder, "t", partition, segments)
        opened = SegmentLog(folder).open("t", partition)
        return opened, [each[:2] if each[0] != "data" else each for each in opened.records()]


class Checksum(unittest.TestCase):
    def test_published_vectors(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)
        self.assertEqual(crc32c(bytes(32)), 0x8A9136AA)
        self.assertEqual(crc32c(b"\xff" * 32), 0x62A8AB43)

    def test_every_length_agrees_with_the_bitwise_definition(self):
        data = bytes(range(7, 40))
        for length in range(len(data)):
            self.assertEqual(crc32c(data[:length]), sample_log.crc32c_bitwise(data[:length]))


class Segments(unittest.TestCase):
    def test_records_over_two_segments_plain_and_gzip(self):
        opened, got = read({
            0: batch(0, [record(0, b"a", b"k", 5), record(1, None, None, 70000, [(b"via", b"x"), (b"", None)])], ts=1000),
            2: batch(2, [record(0, b"z" * 300)], ts=1, max_ts=2000, attributes=1 | 8),
        })
        self.assertEqual(got, [("data", 0, 1005, b"k", b"a", []), ("data", 1, 71000, None, None, [(b"via", b"x"), (b"", None)]),
                               ("data", 2, 2000, None, b"z" * 300, [])])
        self.assertEqual((opened.start, opened.end, opened.torn), (0, 3, 0))

    def test_offsets_may_be_missing(self):
        _, got = read({5: batch(5, [record(0, b"a"), record(3, b"b")], last_delta=6) + batch(20, [], last_delta=2)})
        self.assertEqual([each[1] for each in got], [5, 8])

    def test_transactions_end_by_the_marker_of_their_producer(self):
        _, got = read({0: batch(0, [record(0, b"one")], attributes=16, producer=1) + batch(1, [record(0, b"two")], attributes=16, producer=2)
                       + batch(2, [record(0, b"plain")], producer=1) + marker(3, False, 1) + batch(4, [record(0, b"three")], attributes=16, producer=1)
                       + marker(5, True, 2) + marker(6, True, 1) + batch(7, [record(0, b"four")], attributes=16, producer=1)})
        self.assertEqual([each[0] for each in got], ["aborted", "data", "data", "control", "data", "control", "control", "open"])

    def test_a_torn_last_batch_is_ignored_and_measured(self):
        whole, torn = batch(0, [record(0, b"a")]), batch(1, [record(0, b"b" * 50)])
        for cut in (1, 11, 13, 60, len(torn) - 1):
            opened, got = read({0: whole + torn[:cut]})
            self.assertEqual((len(got), opened.end, opened.torn), (1, 1, cut))

    def test_damage_before_the_end_is_no_torn_tail(self):
        bad = bytearray(batch(0, [record(0, b"a")]))
        bad[-1] ^= 1
        with self.assertRaisesRegex(CannotRecount, "checksum"):
            read({0: bytes(bad) + batch(1, [record(0, b"b")])})
        with self.assertRaisesRegex(CannotRecount, "cut"):
            read({0: batch(0, [record(0, b"a")])[:-2], 1: batch(1, [record(0, b"b")])})

    def test_a_codec_that_python_lacks_is_named(self):
        with self.assertRaisesRegex(CannotRecount, "snappy.*--kcat"):
            read({0: batch(0, [record(0, b"a")], attributes=2)})


class Kcat(unittest.TestCase):
    def test_envelopes_of_two_partitions(self):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            file.write(b'{"topic":"t","partition":1,"offset":4,"tstype":"create","ts":7,"broker":1,"key":"k","payload":"\xc3\xa9\xff\\u0000"}\n'
                       b'{"topic":"t","partition":0,"offset":2,"ts":8,"headers":["via","x"],"key":null,"payload":null}\n\n')
            file.flush()
            log = KcatLog(file.name)
        self.assertEqual(log.partitions("t"), [0, 1])
        self.assertEqual(list(log.open("t", 1).records()), [("data", 4, 7, b"k", b"\xc3\xa9\xff\0", [])])
        self.assertEqual(list(log.open("t", 0).records()), [("data", 2, 8, None, None, [(b"via", b"x")])])
