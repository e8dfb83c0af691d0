"""Reads everything a source has in the store, by documented key names only, and makes sure that it stood still meanwhile."""
import re
import time
from collections import Counter

from access import Access, parse as parse_address
from faults import CannotRecount, StoreMoved
from javascript import parse
from keys import KEY
from resp import Connection, ReplyError

POSITION_FIELDS = (b"first", b"next", b"def", b"rev")  # fields of pos that move when numbers may have moved
PIPELINE = 200
ATTEMPTS, PAUSE_S = 5, 0.5
READERS = (  # by the beginning of a key's suffix
    (re.compile(r"pos|last|halt|living|c:.*|n:.*|i:.*|readings:.*|facts:.*|entities:.*", re.S), lambda key: ("HGETALL", key), "pairs"),
    (re.compile(r"due|seen|z:.*", re.S), lambda key: ("ZRANGE", key, 0, -1, "WITHSCORES"), "pairs"),
    (re.compile(r"tail|rejects|feed"), lambda key: ("XRANGE", key, "-", "+"), "entries"),
)


class Snapshot:
    """`keys[partition][suffix]` = dict (hashes, sorted sets) or list of `(id, fields)` (streams); strays = keys nobody documented."""

    def __init__(self, source, generation, catalog, generations):
        self.source, self.generation, self.catalog, self.generations = source, generation, catalog, generations
        self.keys, self.tags, self.strays, self.other_generations = {}, {}, [], 0


def _any(named, access):
    """The first of the named nodes that answers."""
    for host in named.hosts[:-1]:
        try:
            return Connection(named._replace(hosts=[host]), access)
        except CannotRecount:
            continue
    return Connection(named._replace(hosts=named.hosts[-1:]), access)


def _primary(named, access):
    """The address of the primary, by the first sentinel that answers."""
    sentinel = _any(named._replace(db=0, user=None, password=None), Access(access.sentinel_user, access.sentinel_password, access.ca))
    found = sentinel.ask("SENTINEL", "get-master-addr-by-name", named.primary)
    sentinel.close()
    if not found:
        raise CannotRecount(f"the sentinels know no primary named {named.primary}")
    return named._replace(hosts=[(found[0].decode(), int(found[1]))], primary=None)


class Store:
    def __init__(self, address, access=Access(None, None, None)):
        """One server, the primary that sentinels name, or any node of a cluster (the first named that answers): then every master is read."""
        named = parse_address(address)
        if named.primary is not None:
            named = _primary(named, access)
        first = _any(named, access)
        self.nodes = [first]
        listing = first.pipeline([("CLUSTER", "NODES")])[0]
        if isinstance(listing, bytes):
            masters = [words[1].split("@")[0] for words in map(str.split, listing.decode().splitlines())
                       if "master" in words[2] and "fail" not in words[2].split(",")]
            first.close()
            places = [each.rpartition(":") for each in masters]  # IPv6 stands without brackets there; a node that knows no name of itself has none
            self.nodes = [Connection(named._replace(hosts=[(host or named.hosts[0][0], int(port))]), access) for host, _colon, port in places]

    def close(self):
        for node in self.nodes:
            node.close()

    def sources(self):
        """Names of all sources that have a catalog."""
        found = (re.fullmatch(rb"tm:\{([^}/]+)\}:catalog", key) for node in self.nodes for key in self._scan(node, "tm:{*}:catalog"))
        return sorted(match.group(1).decode() for match in found if match)

    def orphans(self, sources):
        """Source -> number of keys, of every source that has keys and no catalog."""
        found = Counter()
        for node in self.nodes:
            for key in self._scan(node, "tm:{*/*"):
                match = KEY.fullmatch(key.decode("utf-8", "surrogateescape"))
                if match and match["source"] not in sources:
                    found[match["source"]] += 1
        return found

    def snapshot(self, source):
        """Raises StoreMoved where the source does not stand still."""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE_S)
            before = self._stored(source)
            taken = self._read(source)
            if self._stored(source) == before:
                return taken
        raise StoreMoved(f"{source} was written while it was read, {ATTEMPTS} times in a row: stop the ingest or the senders, then recount")

    def _catalog(self, source):
        for node in self.nodes:
            reply = node.pipeline([("HGETALL", f"tm:{{{source}}}:catalog")])[0]
            if isinstance(reply, list) and reply:
                return {key.decode(): value for key, value in pairs(reply).items()}
            if isinstance(reply, ReplyError) and not str(reply).startswith("MOVED "):
                raise CannotRecount(f"the store at {node.address} refused HGETALL: {reply}")
        raise CannotRecount(f"the store has no catalog of a source {source}: was it ever ingested, and is this the right store?")

    def _stored(self, source):
        active = self._catalog(source).get("active", b"")
        stored = {}
        for node in self.nodes:
            keys = self._scan(node, f"tm:{{{source}/*}}:g{active.decode()}:pos")
            replies = node.pipeline([("HMGET", key, *POSITION_FIELDS) for key in keys])
            due = node.pipeline([("ZCARD", key[:-len(b"pos")] + b"due") for key in keys])  # it shrinks while old windows are unlinked, and next stays
            stored.update((key, (str(reply), left)) for key, reply, left in zip(keys, replies, due))
        return active, stored

    def _read(self, source):
        catalog = self._catalog(source)
        if not catalog.get("active", b"").isdigit():
            raise CannotRecount(f"the catalog of {source} names no active generation")
        generation = int(catalog["active"])
        entry = catalog.get(f"g:{generation}")
        if entry is None:
            raise CannotRecount(f"the catalog of {source} does not hold its active generation, g:{generation}")
        try:
            snapshot = Snapshot(source, generation, {**parse(entry.decode()), "partitions": int(catalog.get("partitions", 0))},
                                {int(field[2:]) for field in catalog if re.fullmatch(r"g:[0-9]+", field)})
        except (ValueError, TypeError) as error:
            raise CannotRecount(f"g:{generation} in the catalog of {source} cannot be read: {error}")
        for node in self.nodes:
            self._read_node(node, snapshot)
        return snapshot

    def _read_node(self, node, snapshot):
        wanted = []
        for key in self._scan(node, f"tm:{{{snapshot.source}/*"):
            match = KEY.fullmatch(key.decode("utf-8", "surrogateescape"))
            if match is None:
                snapshot.strays.append((key, "no key of a partition"))
            elif int(match["generation"]) != snapshot.generation:
                snapshot.other_generations += 1
                if int(match["generation"]) not in snapshot.generations:
                    snapshot.strays.append((key, "a generation that the catalog does not name"))
            elif snapshot.tags.setdefault(match["partition"], match["suffix"]) != match["suffix"]:
                snapshot.strays.append((key, "a second tag for this partition"))
            else:
                wanted.append((key, int(match["partition"]), match["rest"]))
        for at in range(0, len(wanted), PIPELINE):
            self._load(node, snapshot, wanted[at:at + PIPELINE])

    def _load(self, node, snapshot, wanted):
        commands, known = [], []
        for key, partition, rest in wanted:
            reader = next((each for each in READERS if each[0].fullmatch(rest)), None)
            if reader is None:
                snapshot.strays.append((key, "not a key that docs/store.md knows"))
                continue
            commands.append(reader[1](key))
            known.append((key, partition, rest, reader[2]))
        for (key, partition, rest, shape), reply in zip(known, node.pipeline(commands)):
            if isinstance(reply, ReplyError):
                snapshot.strays.append((key, f"cannot be read: {reply}"))
            elif reply:
                snapshot.keys.setdefault(partition, {})[rest] = pairs(reply) if shape == "pairs" else entries(reply)

    def _scan(self, node, pattern):
        cursor, found = b"0", set()
        while True:
            cursor, keys = node.ask("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            found.update(keys)
            if cursor == b"0":
                return sorted(found)


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def entries(reply):
    return [(entry_id, pairs(fields)) for entry_id, fields in reply]
