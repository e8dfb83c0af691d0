"""A client of the Redis protocol (RESP2), just large enough to read a store: one connection, pipelines, no retries."""
import socket
import ssl
from urllib.parse import unquote, urlsplit

from faults import CannotRecount


class ReplyError(Exception):
    """The server refused one command. In a pipeline it stands in the place of that command's reply."""


class Connection:
    def __init__(self, address, timeout_s=30):
        """`host:port`, or `redis://[user:password@]host:port[/db]`, or `rediss://...` for TLS."""
        url = urlsplit(address if "://" in address else f"redis://{address}")
        self.address = f"{url.hostname}:{url.port or 6379}"
        try:
            self.socket = socket.create_connection((url.hostname, url.port or 6379), timeout_s)
            if url.scheme == "rediss":
                self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=url.hostname)
        except OSError as error:
            raise CannotRecount(f"cannot reach the store at {self.address}: {error}")
        self.file = self.socket.makefile("rb", 1 << 16)
        if url.password is not None:
            self.ask("AUTH", *([unquote(url.username)] if url.username else []), unquote(url.password))
        if url.path.strip("/"):
            self.ask("SELECT", url.path.strip("/"))

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
