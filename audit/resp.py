"""A client of the Redis protocol (RESP2), just large enough to read a store: one connection, pipelines, no retries."""
import socket
import ssl

from access import Access, parse
from faults import CannotRecount


class ReplyError(Exception):
    """The server refused one command. In a pipeline it stands in the place of that command's reply."""


class Connection:
    def __init__(self, address, access=Access(None, None, None), timeout_s=30):
        """`address`: text, or what access.parse made of it; of several nodes the first."""
        url = parse(address) if isinstance(address, str) else address
        (host, port), user, password = url.hosts[0], url.user or access.user, access.password if url.password is None else url.password
        self.address = f"{host}:{port}"
        try:
            self.socket = socket.create_connection((host, port), timeout_s)
            if url.tls:
                self.socket = ssl.create_default_context(cafile=access.ca).wrap_socket(self.socket, server_hostname=host)
        except OSError as error:
            raise CannotRecount(f"cannot reach the store at {self.address}: {error}")
        self.file = self.socket.makefile("rb", 1 << 16)
        if user or password is not None:
            self.ask("AUTH", *([user] if user else []), password or "")
        if url.db:
            self.ask("SELECT", url.db)

    def close(self):
        self.file.close()
        self.socket.close()

    def ask(self, *command):
        """One command; raises CannotRecount where the server refuses it."""
        (reply,) = self.pipeline([command])
        if isinstance(reply, ReplyError):
            raise CannotRecount(f"the store at {self.address} refused {command[0]}: {reply}")
        return reply

    def pipeline(self, commands):
        """The replies in order: bytes, int, None, list, or ReplyError."""
        try:
            self.socket.sendall(b"".join(map(_encode, commands)))
            return [self._reply() for _ in commands]
        except OSError as error:
            raise CannotRecount(f"lost the store at {self.address}: {error}")

    def _line(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise CannotRecount(f"the store at {self.address} closed the connection")
        return line[:-2]

    def _reply(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.file.read(size + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self._reply() for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest
        if kind == b"-":
            return ReplyError(rest.decode("utf-8", "replace"))
        raise CannotRecount(f"the store at {self.address} does not speak RESP2: {line[:40]!r}")


def _encode(command):
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
