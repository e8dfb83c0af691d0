"""How to get into a store: its address, a user, a password that stands in no argument, and an authority of one's own for TLS."""
import os
import re
from collections import namedtuple
from urllib.parse import unquote

from faults import CannotRecount

Access = namedtuple("Access", "user password ca")
Address = namedtuple("Address", "tls hosts db user password")  # hosts: (host, port) of each node that was named

FORMS = "host:port, redis://[user:password@]host:port[/db], rediss:// with TLS, redis+cluster:// or rediss+cluster://host:port,..."


def access_of(options, environment=os.environ):
    """Flags, else the variables that ingest and serve take."""
    def said(flag):
        return getattr(options, flag, None) or environment.get("TIDEMARK_" + flag.upper()) or None

    password, path = environment.get("TIDEMARK_STORE_PASSWORD") or None, said("store_password_file")
    if path is not None:
        try:
            with open(path, encoding="utf-8") as file:
                password = file.read().rstrip("\r\n")
        except OSError as error:
            raise CannotRecount(f"cannot read the password file {path}: {error.strerror}")
    return Access(said("store_user"), password, said("store_ca"))


def parse(text):
    """Nothing of an address that cannot be read is repeated: it may hold a password."""
    match = re.fullmatch(r"(?:(?:redis|valkey)(s?)(?:\+cluster)?://|(?![a-zA-Z0-9+.-]*://))(?:(.*)@)?([^@/?#]+)(?:/(\d*))?", text)
    if match is None:
        raise CannotRecount(f"the address of the store cannot be read; write {FORMS}")
    secure, login, nodes, db = match.groups()
    user, password = None, None
    if login:
        user, colon, password = login.partition(":")
        user, password = unquote(user) or None, unquote(password) if colon else None
    return Address(bool(secure), [_node(each) for each in nodes.split(",")], int(db or 0), user, password)


def _node(text):
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]]+))(?::(\d{1,5}))?", text)
    if match is None:
        raise CannotRecount(f"a node of the store is no host:port; write {FORMS}")
    return match.group(1) or match.group(2), int(match.group(3) or 6379)
