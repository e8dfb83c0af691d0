"""What the rest of an application does with the store, as the user `app`, whose keys begin with `app:`.

Standard library only: the protocol is lines of text. With redis-py each call below is the method of that name.
    STORE_PASSWORD=... python3 application.py HOST PORT
"""
import json
import os
import socket
import sys


class Refused(Exception):
    pass


class Store:
    """One connection. A cluster says by MOVED where a key lives: there it is asked."""

    def __init__(self, host, port, user="app", password=None):
        self.login = ("AUTH", user, password) if password else None
        self.connections = {}
        self.home = (host, port)

    def connection(self, place):
        if place not in self.connections:
            made = socket.create_connection(place, timeout=30)
            self.connections[place] = (made, made.makefile("rb"))
            if self.login:
                self.ask(place, *self.login)
        return self.connections[place]

    def send(self, place, *words):
        parts = [str(word).encode() for word in words]
        text = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self.connection(place)[0].sendall(text)

    def read(self, place):
        line = self.connection(place)[1].readline()
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise Refused(rest)
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.connection(place)[1].read(size + 2)[:-2].decode()
        if kind == b"*":
            return None if int(rest) < 0 else [self.read(place) for _ in range(int(rest))]
        raise ConnectionError("the store ended the connection")

    def ask(self, place, *words):
        self.send(place, *words)
        return self.read(place)

    def __call__(self, *words):
        try:
            return self.ask(self.home, *words)
        except Refused as refused:
            if not str(refused).startswith("MOVED "):
                raise
            host, _, port = str(refused).split()[2].rpartition(":")
            self.home = (host or self.home[0], int(port))
            return self.ask(self.home, *words)


def leaderboard(store):
    store("ZADD", "app:{board}:week", 1200, "ann", 900, "bob", 300, "cem")
    store("ZINCRBY", "app:{board}:week", 400, "bob")
    return store("ZREVRANGE", "app:{board}:week", 0, 1, "WITHSCORES")


def session(store):
    key = "app:{session:8f1c}"
    store("HSET", key, "user", "ann", "csrf", "x7")  # the first command finds the node that the transaction needs
    store("MULTI")
    store("HGET", key, "user")
    store("EXPIRE", key, 1800)
    user, _ = store("EXEC")
    return [user, "lives" if store("TTL", key) > 1790 else "ends"]


def queue(store):
    key = "app:{mail}:out"
    try:  # each worker may come first
        store("XGROUP", "CREATE", key, "senders", "0", "MKSTREAM")
    except Refused as refused:
        if not str(refused).startswith("BUSYGROUP"):
            raise
    for to in ("ann", "bob"):
        store("XADD", key, "MAXLEN", "~", 10000, "*", "to", to)
    read = store("XREADGROUP", "GROUP", "senders", "worker-1", "COUNT", 10, "STREAMS", key, ">")
    messages = read[0][1]
    store("XACK", key, "senders", *[id for id, _ in messages])
    waiting = store("XPENDING", key, "senders")[0]
    return [fields[1] for _, fields in messages] + [f"{waiting} waiting"]


def news(store):
    listener = Store(*store.home, *(store.login or ())[1:])
    listener("SUBSCRIBE", "app:news")
    store("PUBLISH", "app:news", "sale")
    return listener.read(listener.home)[2]


def cached(store):
    key, lock = "app:{page:home}", "app:{page:home}:lock"
    answers = []
    for _ in range(2):
        page = store("GET", key)
        if page is None and store("SET", lock, "me", "PX", 5000, "NX") == "OK":
            store("SET", key, "<h1>made</h1>", "EX", 60)
            store("DEL", lock)
            answers.append("made")
        else:
            answers.append(f"found {page}")
    return answers


CHECK_OUT = """local lines = redis.call('HGETALL', KEYS[1])
if #lines == 0 then return 0 end
redis.call('RPUSH', KEYS[2], table.concat(lines, ' '))
redis.call('DEL', KEYS[1])
return #lines / 2"""


def cart(store):
    lines, orders = "app:{ann}:cart", "app:{ann}:orders"
    store("HINCRBY", lines, "apple", 2)
    store("HINCRBY", lines, "apple", 1)
    store("HINCRBY", lines, "pear", 1)
    apples = int(store("HGET", lines, "apple"))
    first = store("EVAL", CHECK_OUT, 2, lines, orders)
    second = store("EVAL", CHECK_OUT, 2, lines, orders)
    return [apples, first, second, store("LLEN", orders)]


def features(store):
    store("HSET", "app:{features:ann}", "orders_30d", 4, "basket_avg", 41.5, "country", "DE")
    return store("HMGET", "app:{features:ann}", "orders_30d", "basket_avg", "colour")


def main(host, port):
    store = Store(host, int(port), "app", os.environ.get("STORE_PASSWORD"))
    answers = {one.__name__: one(store) for one in (leaderboard, session, queue, news, cached, cart, features)}
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:3])
