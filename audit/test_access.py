"""Addresses of a store, and what of them may be said."""
import unittest

from access import Access, Address, access_of, parse
from faults import CannotRecount


class Addresses(unittest.TestCase):
    def test_all_forms(self):
        for text, expected in {
            "h:1": Address(False, [("h", 1)], 0, None, None),
            "redis://:p%40w@h": Address(False, [("h", 6379)], 0, None, "p@w"),
            "valkeys://app:a:b@[::1]:7/3": Address(True, [("::1", 7)], 3, "app", "a:b"),
            "redis+sentinel://:pw@a,b:2/main/3": Address(False, [("a", 26379), ("b", 2)], 3, None, "pw", "main"),
            "valkeys+sentinel://[::1]:7/a.b": Address(True, [("::1", 7)], 0, None, None, "a.b"),
            "rediss+cluster://app@a:1,b:2": Address(True, [("a", 1), ("b", 2)], 0, "app", None),
        }.items():
            with self.subTest(text):
                self.assertEqual(parse(text), expected)

    def test_faults_keep_the_password(self):
        for text in ("http://app:S3cret@h", "redis://app:S3cret@h:x", "redis://app:S3cret@[::1", "redis://S3cret@", "redis+sentinel://:S3cret@h:1"):
            with self.subTest(text):
                with self.assertRaises(CannotRecount) as fault:
                    parse(text)
                self.assertNotIn("S3cret", str(fault.exception))

    def test_variables(self):
        self.assertEqual(access_of(None, {"TIDEMARK_STORE_USER": "app", "TIDEMARK_STORE_PASSWORD": "pw", "TIDEMARK_STORE_CA": ""}), Access("app", "pw", None))


if __name__ == "__main__":
    unittest.main()
