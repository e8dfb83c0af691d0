import gc
import random
import struct
import unittest

import times
from changes import read_changes
from compare_rankings import member_of
from decode import says
from decimal_units import units, units_slowly
from javascript import number_text, parse, parse_deep, stringify, utf8
from keys import place, resident
from names import name_of
from measures import MEASURES
from pack import pack, unpack


setUpModule = gc.disable  # as recount.py does: deep nesting is slow to look through
tearDownModule = gc.enable


class Json(unittest.TestCase):
    GOOD = ['{"a":1,"a":2}', '[]', '{}', ' [ 1 , {"x" : [ ] } , null,true,false ] ', '"\\ud800"', '"\\ud83d\\ude00"', "-0", "1e999", "12345678901234567890", '""']
    BAD = ["", " ", "nul", "NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "[1,]", "[,1]", '{"a"}', '{"a":1,}', "{a:1}", '"\n"', "'a'", "[1 2]",
           "\ufeff1", "\u00a01", "[1]]", "{\"a\":1", '"abc', "\u0661", "1e", "tru"]

    def test_both_parsers_take_the_same(self):
        for text in self.GOOD:
            self.assertEqual(repr(parse(text)), repr(parse_deep(text)), text)
        self.assertEqual(parse(self.GOOD[0]), {"a": 2.0})
        self.assertEqual(parse("1e999"), float("inf"))

    def test_long_numbers_keep_their_text(self):
        for text, right in (("9007199254740992", True), ("9007199254740993", False), ("-9007199254740993", False), ("9007199254740992.5", False), ("18446744073709551616", True),
                            ("123456789012345680000", True), ("12345678901234567890", False), ("1.7976931348623157e308", True)):
            for parser in (parse, parse_deep):
                self.assertEqual(says(parser(text)), right, text)
        self.assertIs(type(parse("9007199254740991")), float)
        self.assertEqual([times.from_long(parse(text)) for text in ("1777636800122999999", "1777636800123999999", "99999999999999999", "1.777636800123999999e18")],
                         [1777636800122, 1777636800123, 99999999999999, 1777636800123])

    def test_both_parsers_refuse_the_same(self):
        for text in self.BAD:
            for parser in (parse, parse_deep):
                with self.assertRaises(ValueError, msg=repr(text)):
                    parser(text)

    def test_a_million_arrays_deep(self):
        self.assertEqual(len(parse("[" * 1_000_000 + "]" * 1_000_000)), 1)
        self.assertEqual(list(parse('{"a":' * 200_000 + "1" + "}" * 200_000)), ["a"])
        with self.assertRaises(ValueError):
            parse("[" * 1_000_000)

    def test_numbers_as_javascript_prints_them(self):
        for number, text in ((0.0, "0"), (-0.0, "0"), (1.0, "1"), (-1.5, "-1.5"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-6, "0.000001"),
                             (1e-7, "1e-7"), (1.25e-9, "1.25e-9"), (123456789012345680000.0, "123456789012345680000"), (5e-324, "5e-324"),
                             (1.7976931348623157e308, "1.7976931348623157e+308"), (0.1, "0.1"), (100.0, "100")):
            self.assertEqual(number_text(number), text)

    def test_strings_as_javascript_writes_them(self):
        self.assertEqual(stringify(['a"\\/\b\t\n\f\r\x01\x1f\x7f\u2028é😀\ud800', None]), '["a\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\u2028é😀\\ud800",null]')
        self.assertEqual(utf8("a\udfffb"), b"a\xef\xbf\xbdb")


class Names(unittest.TestCase):
    def test_short_ones_are_json(self):
        self.assertEqual(name_of(("DE", None)), b'["DE",null]')
        self.assertEqual(len(name_of(("x" * 252,))), 256)

    def test_long_ones_are_cut_and_hashed(self):
        # printf 'x%.0s' $(seq 253) | sha256sum
        self.assertEqual(name_of(("x" * 253,)), b'["' + b"x" * 180 + '…'.encode() + b'1329e1bd71a6a7b2"]')
        cut = name_of(("é" * 200, "short"))  # limit 90 bytes: 45 of two bytes
        self.assertTrue(cut.startswith('["'.encode() + "é".encode() * 45 + "…".encode()) and cut.endswith(b'","short"]'), cut)
        self.assertTrue(name_of(("a" + "é" * 200,)).startswith(b'["a' + "é".encode() * 89 + "…".encode()))


class Members(unittest.TestCase):
    def test_bare_where_nothing_else_can_be_meant(self):
        for value in ("/x", "", "null", "é\U0001f600", "__other", "\u0000", " ["):
            self.assertEqual(member_of(name_of((value,))), value.encode())
        for value in (None, "[", "[null]", "__other__", "\ud800x"):
            self.assertEqual(member_of(name_of((value,))), name_of((value,)))
        self.assertEqual(member_of(name_of(("DE", None))), b'["DE",null]')
        self.assertEqual(member_of(name_of(("x" * 253,)))[178:], "xx…1329e1bd71a6a7b2".encode())


class Times(unittest.TestCase):
    def test_magnitude_tells_the_unit(self):
        for number, ms in ((1e8, 10 ** 11), (1700000000.1239, 1700000000123), (1e11, 10 ** 11), (1700000000123.9, 1700000000123), (1700000000123456.0, 1700000000123),
                           (1700000000123456789.0, 1700000000123), (134400000000000000.0, None), (639000000000000000.0, None), (1e18, 10 ** 12), (99999999999999999.0 - 16, 99999999999999), (99999999.0, None), (1e20, None), (-1e9, None), (0.0, None), (float("inf"), None)):
            self.assertEqual(times.from_number(number), ms, number)

    def test_texts(self):
        for text, ms in (("1970-01-01T00:00Z", 0), ("1970-01-02T00:00:01.9999Z", 86401999), ("2024-02-29T12:00:00+02:00", 1709200800000),
                         ("2024-02-29T12:00:00-00:30", 1709209800000), ("1970-01-01T00:00+01:00", None), ("2023-02-29T00:00Z", None), ("2024-01-01T24:00Z", 1704153600000), ("2024-01-01T24:01Z", None), ("2016-12-31T23:59:60Z", 1483228800000),
                         ("2024-W01-1T00:00Z", 1704067200000), ("2024-001T00:00Z", 1704067200000), ("2023-W53-1T00:00Z", None), ("2023-366T00:00Z", None),
                         ("2024-01-01T00:00:60Z", None), ("2024-01-01T00:00", None), ("2024-01-01 00:00Z", 1704067200000), ("2024-01-01T00:00z", 1704067200000),
                         ("2024-01-01T00:00:00.Z", None), ("2024-01-01T00:00Z\n", None), ("1969-12-31T23:59Z", None), ("2024-01-01T00:00+24:00", None),
                         ("٢٠٢٤-01-01T00:00Z", None), ("2024-13-01T00:00Z", None), ("2024-01-00T00:00Z", None)):
            self.assertEqual(times.from_text(text), ms, text)


class Units(unittest.TestCase):
    def test_half_goes_to_even_of_the_shortest_text(self):
        for number, decimals, wanted in ((0.125, 2, 12), (0.135, 2, 14), (1.005, 2, 100), (1.015, 2, 102), (-0.125, 2, -12), (-1.015, 2, -102), (0.5, 0, 0), (1.5, 0, 2),
                                         (2.5, 0, 2), (-0.0, 2, 0), (0.1251, 2, 13), (1e-7, 6, 0), (5e-7, 6, 0), (15e-7, 6, 2), (5.1e-7, 6, 1), (1e16, 2, 10 ** 18),
                                         (9007199254740993.0, 0, 9007199254740992), (1e300, 0, 10 ** 300), (5e-324, 6, 0), (-0.004, 2, 0), (99.995, 2, 10000)):
            self.assertEqual(units(number, decimals), wanted, (number, decimals))

    def test_the_short_way_equals_the_definition(self):
        chance = random.Random(20)
        for _ in range(40_000):
            bits = struct.unpack("<d", struct.pack("<Q", chance.getrandbits(64)))[0]
            for number in (bits, round(chance.uniform(-1e4, 1e4), chance.randrange(8)), chance.randrange(10 ** 6) / 1000):
                if number == number and abs(number) != float("inf"):
                    decimals = chance.randrange(10)
                    self.assertEqual(units(number, decimals), units_slowly(number, decimals), (number, decimals))


class Packing(unittest.TestCase):
    def test_bytes_by_hand(self):
        kinds = ["count", "sum", "stats"]
        # 300 = 2*128+44 -> ac 02; -1 -> 01; 2; 64 -> zigzag 128 -> 80 01; 5000 = 39*128+8 -> 88 27; -3 -> 05; 67 -> 134 -> 86 01
        cell = [300, -1, (2, 64, 5000, -3, 67)]
        self.assertEqual(pack(kinds, cell).hex(), "ac0201028001882705" + "8601")
        self.assertEqual(unpack(kinds, pack(kinds, cell)), cell)
        self.assertEqual(pack(kinds, [1, 0, MEASURES["stats"].BLANK]).hex(), "010000")
        self.assertEqual(unpack(kinds, bytes.fromhex("010000")), [1, 0, (0, 0, 0, None, None)])
        self.assertEqual(pack(["count"], [2 ** 70]).hex(), "8080808080808080808001")

    def test_what_is_no_cell(self):
        for data in ("", "80", "01", "010000", "010102"):
            with self.assertRaises(ValueError):
                unpack(["count", "stats"], bytes.fromhex(data))


class Places(unittest.TestCase):
    def test_by_the_table(self):
        self.assertEqual(place("all", 1000, 1), (0, 7, 104))
        self.assertEqual(place("path", 1000, 0), (0, 62, 64))
        self.assertEqual(place("path", 1000, 7), (0, 62, 71))
        self.assertEqual(place("path", 1001, 8), (1, 250, 32))
        self.assertEqual(place("path", 1001, 39), (1, 250, 63))
        self.assertEqual(place("path", 1001, 40), (2, 1001, 0))
        self.assertEqual(place("path", 1001, 168), (3, 1001, 0))

    def test_backwards(self):
        for name_id in list(range(45)) + [167, 168, 4999]:
            for window in (0, 1, 17, 28333333):
                block, group, slot = place("path", window, name_id)
                self.assertLess(slot, 128)
                self.assertEqual(resident("path", block, group, slot), (window, name_id))


class Changes(unittest.TestCase):
    def test_strings_and_arrays_of_every_size(self):
        long = "n" * 300
        packed = b"\x94" + b"\xa1c" + b"\x92\xa11\xd9\x28" + b"v" * 40 + b"\xda" + struct.pack(">H", 300) + long.encode() + b"\xdc\x00\x02\xa0\xdb\x00\x00\x00\x01z"
        told = {(b"c", b"1"): b"v" * 40, (long.encode(), b""): b"z"}
        self.assertEqual(read_changes(packed), told)
        self.assertEqual(read_changes(b"\xdd\x00\x00\x00\x04" + packed[1:]), told)
        self.assertEqual(read_changes(b""), {})

    def test_what_is_none_of_it(self):
        for bad in (b"\x92\xa1c", b"\x90\x00", b"\x91\xa1c", b"\x92\xa1c\x91\xa1f", b"\x92\xa1c\x92\xa1f\x01", b"\xa1c", b"\x92\x90\x90", b"\x92\xa1c\x92\xa1f\x90"):
            with self.assertRaises(ValueError, msg=bad):
                read_changes(bad)


if __name__ == "__main__":
    unittest.main()
