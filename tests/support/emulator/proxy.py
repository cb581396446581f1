"""A proxy between a Redshift client and PostgreSQL: drops start-up parameters that only Redshift knows, rewrites every
statement, counts the statements and records the rejected ones.

``python -m tests.support.emulator.proxy PORT`` runs one in its own process: it prints its port, then each statement with the
number of its session, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from .rewrite import RefusedError, rewrite

_KNOWN = (b"user", b"database", b"client_encoding", b"application_name")
_SSL, _START = 80877103, 196608


@dataclass
class Proxy:
    """A listener on 127.0.0.1 in front of a PostgreSQL."""

    upstream: int  # its port
    statements: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)  # message, statement
    on_statement: Callable[[int, str], None] = lambda session, statement: None

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=_Session(self, client).run, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()


def _read(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


class _Session:
    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self.proxy, self.client, self.last = proxy, client, ""
        self.server = socket.create_connection(("127.0.0.1", proxy.upstream))
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self) -> None:
        try:
            requests = self.client.makefile("rb")
            length, code = struct.unpack("!ii", _read(requests, 8))
            while code == _SSL:
                self.client.sendall(b"N")
                length, code = struct.unpack("!ii", _read(requests, 8))
            words = _read(requests, length - 8).split(b"\0")
            kept = [pair for pair in zip(words[::2], words[1::2]) if pair[0] in _KNOWN]
            body = b"".join(name + b"\0" + value + b"\0" for name, value in kept) + b"\0"
            self.server.sendall(struct.pack("!ii", len(body) + 8, _START) + body)
            threading.Thread(target=self._answers, daemon=True).start()
            while True:
                self._request(requests)
        except (EOFError, OSError):
            pass
        finally:
            for end in (self.client, self.server):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _request(self, requests: BinaryIO) -> None:
        kind, length = struct.unpack("!ci", _read(requests, 5))
        body = _read(requests, length - 4)
        if kind in (b"P", b"Q"):
            begin = body.index(b"\0") + 1 if kind == b"P" else 0
            end = body.index(b"\0", begin)
            self.last = body[begin:end].decode("utf-8")
            self.proxy.statements += 1
            self.proxy.on_statement(id(self), self.last)
            try:
                sql = rewrite(self.last)
            except RefusedError as error:
                # Replaced by a statement that fails in PostgreSQL with our message: the client sees an ordinary error.
                sql = 'select "' + str(error).replace('"', "'").replace("\0", "") + '"'
            body = body[:begin] + sql.encode("utf-8") + body[end:]
        self.server.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _answers(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            answers = self.server.makefile("rb")
            while True:
                kind, length = struct.unpack("!ci", _read(answers, 5))
                body = _read(answers, length - 4)
                if kind == b"E":
                    fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
                    self.proxy.rejected.append((fields.get(b"M", ""), self.last))
                self.client.sendall(kind + struct.pack("!i", length) + body)


if __name__ == "__main__":
    proxy = Proxy(
        int(sys.argv[1]), on_statement=lambda session, statement: print(json.dumps([session, statement]), flush=True)
    )
    print(proxy.port, flush=True)
    threading.Event().wait()
