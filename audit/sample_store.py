"""For tests: a store server of our own on a free port, and a small content for it, computed by hand."""
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import sample_log
from faults import CannotRecount
from resp import Connection
from sample_log import batch, marker, record
from sample_source import HOUR, MINUTE, PLAIN, T0

PREFIX = "tm:{clicks/0~k}:g3:"
BINARY = os.environ.get("TIDEMARK_STORE_BIN") or shutil.which("valkey-server") or shutil.which("redis-server")


class Server:
    """Starts a server with an empty memory; `stop` ends it by its own handle."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % probe.getsockname()[1]
        self.folder = tempfile.mkdtemp()
        self.process = subprocess.Popen([BINARY, "--port", self.address.split(":")[1], "--bind", "127.0.0.1", "--save", "", "--dir", self.folder],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.connection = Connection(self.address)
                return
            except CannotRecount:
                time.sleep(0.05)
        self.process.kill()
        raise RuntimeError(f"{BINARY} does not answer")

    def ask(self, *command):
        return self.connection.ask(*command)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)


def click(at_ms, path, amount, visitor="a"):
    return json.dumps({"ts": at_ms, "path": path, "amount": amount, "visitor": visitor}).encode()


def write_log(folder):
    """Offsets: 0 a click, 1 no JSON, 2 aborted, 3 its marker, 4 a click with the header `via`."""
    sample_log.write(folder, "web", 0, {
        0: batch(0, [record(0, click(T0, "/", 1.5)), record(1, b"{", b"key")], ts=T0 + 5) + batch(2, [record(0, click(T0, "/", 9))], attributes=16, producer=7),
        3: marker(3, False, 7) + batch(4, [record(0, click(T0 + MINUTE, "/x", 2, "b"), headers=[(b"via", b"curl")])], max_ts=T0 + MINUTE + 5, attributes=8),
    })
    sample_log.write(folder, "web", 1, {0: b""})


# count, home, spread; 1.5 is 150 of home's units (zigzag 300 = ac02) and 15 of spread's (zigzag 30 = 1e, square 225 = e101)
FIRST, SECOND, BOTH = bytes.fromhex("01ac02011ee1011e1e"), bytes.fromhex("010000"), bytes.fromhex("02ac02011ee1011e1e")
# minute 28333334 = 221354 * 128 + 22 = 1770833 * 16 + 6; hour 472222 = 3689 * 128 + 30 = 29513 * 16 + 14
CELLS = {
    "c:all:1m:0.221354": {22: FIRST, 23: SECOND},
    "c:all:1h:0.3689": {30: BOTH},
    "c:path:1m:0.1770833": {6 * 8 + 1: FIRST, 7 * 8 + 2: SECOND},
    "c:path:1h:0.29513": {14 * 8 + 1: FIRST, 14 * 8 + 2: SECOND},
}
# by home: the cells of path again
RANKINGS = {
    "z:home:path:1m:28333334": {"/": 150},
    "z:home:path:1m:28333335": {"/x": 0},
    "z:home:path:1h:472222": {"/": 150, "/x": 0},
}
DUE = {
    "t:1m:221354": 221355 * 128 * MINUTE + 10 * MINUTE,
    "t:1h:3689": 3690 * 128 * HOUR + 2 * HOUR,
    "g:1m:1770833:1": 1770834 * 16 * MINUTE + 10 * MINUTE,
    "g:1h:29513:1": 29514 * 16 * HOUR + 2 * HOUR,
    "n:path:19675": 19676 * 24 * HOUR + 2 * HOUR,
}
# The hashes of "a" and "b" by FNV-1a; both confirmed, as T0 + 1m is no more than a minute ahead of T0, the time that both have reached.
CLOCK = f"[[[{0xE40C292C},{T0},1,0,0],[{0xE70C2DE5},{T0 + MINUTE},2,0,0]],[0,null],[{T0},{T0 + MINUTE},2],[{T0 + 5},{T0 + 5},{T0 + MINUTE + 5}],null,null]"
POS = {"first": 0, "next": 5, "since": T0 + 5, "logClock": T0, "newest": T0 + MINUTE, "clock": CLOCK, "lastTs": T0 + MINUTE + 5, "end": 5, "endAt": T0 + 9999, "rev": 1, "def": "d" * 64,
       "topic": "web", "cluster": "C", "lastOffset": 4, "lastHash": "dd27944b67841f515e1d79dcb5f72540", "rewinds": 0, "o:data": 3, "o:control": 1, "o:aborted": 1, "e:counted": 2, "e:rejected": 1}


def feed_of(changes):
    return b"\xdd" + struct.pack(">I", 2 * len(changes)) + b"".join(text_of(suffix) + b"\xdc" + struct.pack(">H", 2 * len(fields)) + b"".join(map(text_of, flat(fields))) for suffix, fields in changes.items())


def text_of(text):
    text = text if isinstance(text, bytes) else str(text).encode()
    return (bytes([0xA0 | len(text)]) if len(text) < 32 else b"\xd9" + bytes([len(text)])) + text


def flat(pairs):
    return [text for pair in pairs.items() for text in pair]


def fill(server):
    ask = server.ask
    ask("FLUSHALL")
    ask("HSET", "tm:{clicks}:catalog", "active", 3, "partitions", 2, "g:2", json.dumps({"source": PLAIN, "def": "c" * 64, "state": "old", "sinceMs": 1}), "g:3", json.dumps({"source": PLAIN, "def": "d" * 64, "state": "active", "sinceMs": 1}))
    ask("SET", "tm:{clicks/0~k}:g2:pos", "of another generation")
    ask("HSET", PREFIX + "pos", *flat(POS))
    ask("HSET", PREFIX + "n:path:19675", '["/"]', 1, '["/x"]', 2)
    for suffix, cells in CELLS.items():
        ask("HSET", PREFIX + suffix, *flat(cells))
    for suffix, members in RANKINGS.items():
        ask("ZADD", PREFIX + suffix, *(text for member, score in members.items() for text in (score, member)))
    for member, score in DUE.items():
        ask("ZADD", PREFIX + "due", score, member)
    ask("ZADD", PREFIX + "seen", T0, "a", T0 + MINUTE, "b")
    ask("HSET", PREFIX + "last", '["a","/"]', f'[{T0},0,0,1.5,"a"]', '["b","/x"]', f'[{T0 + MINUTE},4,0,2,"b"]')
    ask("XADD", PREFIX + "rejects", "2-0", "ts", T0 + 5, "reason", "not_json", "detail", "said so", "key", "key", "raw", "{", "bytes", 1, "events", 1)
    ask("XADD", PREFIX + "tail", "1-0", "ts", T0 + 5, "at", T0, "raw", click(T0, "/", 1.5))
    ask("XADD", PREFIX + "tail", "5-0", "ts", T0 + MINUTE + 5, "at", T0 + MINUTE, "raw", click(T0 + MINUTE, "/x", 2, "b"), "via", "curl")
    ask("XADD", PREFIX + "feed", "2-0", "base", 0, "def", "d" * 64, "rev", 1, "cells", feed_of({"c:all:1h:0.3689": {30: FIRST}}))
    ask("XADD", PREFIX + "feed", "5-0", "base", 2, "def", "d" * 64, "rev", 1, "cells", feed_of({"c:all:1h:0.3689": {30: BOTH}, "n:path:19675": {'["/x"]': 2}}))
