"""How to get into a store: its address, a user, a password that stands in no argument, and an authority of one's own for TLS."""
import os
import re
from collections import namedtuple
from urllib.parse import unquote

from faults import CannotRecount

Access = namedtuple("Access", "user password ca sentinel_user sentinel_password", defaults=(None, None))
# hosts: (host, port) of each node that was named; primary: the name under which they know it where they are sentinels
Address = namedtuple("Address", "tls hosts db user password primary", defaults=(None,))

FORMS = "host:port, redis://[user:password@]host:port[/db], rediss:// with TLS, redis+sentinel://host:port,.../name, redis+cluster:// or rediss+cluster://host:port,..."


def access_of(options, environment=os.environ):
    """Flags, else the variables that ingest and serve take."""
    def said(flag):
        return getattr(options, flag, None) or environment.get("TIDEMARK_" + flag.upper()) or None

    def within(path):
        try:
            with open(path, encoding="utf-8") as file:
                return file.read().rstrip("\r\n")
        except OSError as error:
            raise CannotRecount(f"cannot read the password file {path}: {error.strerror}")

    path, sentinel_path = said("store_password_file"), said("sentinel_password_file")
    password = environment.get("TIDEMARK_STORE_PASSWORD") or None if path is None else within(path)
    return Access(said("store_user"), password, said("store_ca"), said("sentinel_user"), None if sentinel_path is None else within(sentinel_path))


def parse(text):
    """Nothing of an address that cannot be read is repeated: it may hold a password."""
    match = re.fullmatch(r"(?:(?:redis|valkey)(s?)(?:\+cluster)?://|(?:redis|valkey)(s?)(\+sentinel)://|(?![a-zA-Z0-9+.-]*://))(?:(.*)@)?([^@/?#]+)(?(3)/([A-Za-z0-9._-]+))(?:/(\d*))?", text)
    if match is None:
        raise CannotRecount(f"the address of the store cannot be read; write {FORMS}")
    secure, secure_sentinels, sentinel, login, nodes, primary, db = match.groups()
    user, password = None, None
    if login:
        user, colon, password = login.partition(":")
        user, password = unquote(user) or None, unquote(password) if colon else None
    hosts = [_node(each, 26379 if sentinel else 6379) for each in nodes.split(",")]
    return Address(bool(secure or secure_sentinels), hosts, int(db or 0), user, password, primary)


def _node(text, port):
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]]+))(?::(\d{1,5}))?", text)
    if match is None:
        raise CannotRecount(f"a node of the store is no host:port; write {FORMS}")
    return match.group(1) or match.group(2), int(match.group(3) or port)
