"""PostgreSQL's wire protocol as far as reading needs it; Redshift uses the same.

A query is prepared once, executed once and answered in the binary format. Its rows stay the bytes that arrived, in
large pieces (``qupersync.redshift.arrow`` turns them into Arrow): no driver that makes an object of each value. Nothing
is read ahead of the consumer, so the cluster waits and memory stays bounded.
Source: https://www.postgresql.org/docs/current/protocol.html
"""

from __future__ import annotations

import hashlib
import select
import socket
import struct
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Optional

from .tls import demands_tls, tls_context, wants_tls

PIECE = 1 << 22  # bytes of rows that are handed on at once
PADDING = 8  # so that a value can be looked at in words of eight bytes, up to the last one
KEEPALIVE = 60  # seconds of silence after which a connection that is gone is noticed

# What the types of the wire (by their OID) are here. char(n) comes with the blanks that pad it.
TYPES: dict[int, type] = {
    16: bool, 19: str, 20: int, 21: int, 23: int, 25: str, 701: float, 1042: str, 1043: str, 1114: datetime,
}  # fmt: skip

_SSL_REQUEST, _PROTOCOL = 80877103, 196608
_ROW, _END, _ERROR, _FIELDS, _READY = b"DCETZ"
_SHA256 = "SCRAM-SHA-256"


class WireError(Exception):
    """The server refused; its own words. The session goes on unless it is ``closed``."""


class LostError(OSError):
    """The connection ended in the middle of something."""


@dataclass(frozen=True)
class Address:
    """Where and as whom to connect; ``sslmode`` as libpq has it, its certificates where libpq looks for them."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    sslmode: str = "require"
    timeout: float = 120  # seconds until the session must stand
    application: str = "qupersync"


@dataclass(frozen=True)
class Piece:
    """Rows as they came: the number of each row's first value in ``data``, which ends with :data:`PADDING` more bytes.

    ``fields``: name and type (OID) of each value of a row. A value is its length (4 bytes, big-endian, -1 for NULL) and
    as many bytes.
    """

    fields: tuple[tuple[str, int], ...]
    data: bytearray
    rows: list[int]


class Session:
    """One session. Errors when made: OSError when there is no way, WireError when the server refuses."""

    def __init__(self, address: Address) -> None:
        self.closed = False
        self._socket = socket.create_connection((address.host, address.port), address.timeout)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._secure(address)
            self._login(address)
        except BaseException:
            self.close()
            raise
        # From here on an answer takes as long as it takes; a peer that is gone is noticed all the same.
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", KEEPALIVE), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6)):
            if hasattr(socket, option):  # not everywhere
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    def alive(self) -> bool:
        """Is the connection still open, as far as is known here? No query may be running."""
        try:
            readable, _, _ = select.select([self._socket], [], [], 0)
        except (OSError, ValueError):
            return False
        return not readable  # unasked, a server sends a goodbye only

    def execute(self, statement: str) -> None:
        """Run a statement whose answer nobody needs. Errors: WireError, OSError."""
        self._send((b"Q", statement.encode() + b"\0"))
        self._until_ready()

    def rows(self, query: str) -> Generator[Piece, None, None]:
        """The rows of a query, in pieces. Errors: WireError (also after some pieces), OSError.

        Whoever stops before the end has closed the session.
        """
        unnamed = b"\0"
        self._send(
            (b"P", unnamed + query.encode() + b"\0" + struct.pack("!h", 0)),
            (b"B", unnamed + unnamed + struct.pack("!hhhh", 0, 0, 1, 1)),  # all results in the binary format
            (b"D", b"P" + unnamed),
            (b"E", unnamed + struct.pack("!i", 0)),
            (b"S", b""),
        )
        done = False
        try:
            yield from self._pieces()
            done = True
        except WireError:
            done = True
            raise
        finally:
            if not done:
                self.close()

    def close(self) -> None:
        """End it."""
        if not self.closed:
            self.closed = True
            with suppress(OSError):
                self._socket.sendall(b"X" + struct.pack("!i", 4))
            self._socket.close()

    # -- messages -----------------------------------------------------------------------------------------------

    def _send(self, *messages: tuple[bytes, bytes]) -> None:
        self._socket.sendall(b"".join(kind + struct.pack("!i", len(body) + 4) + body for kind, body in messages))

    def _receive(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            got = self._socket.recv(count - len(data))
            if not got:
                raise LostError("the server closed the connection")
            data += got
        return bytes(data)

    def _message(self) -> tuple[int, bytes]:
        kind, length = struct.unpack("!Bi", self._receive(5))
        return kind, self._receive(length - 4)

    def _until_ready(self) -> None:
        """Read up to where the server waits for us. Errors: WireError with what it complained of."""
        complaint: Optional[bytes] = None
        while True:
            kind, body = self._message()
            if kind == _ERROR:
                complaint = body
            elif kind == _READY:
                break
        if complaint is not None:
            raise WireError(_words(complaint))

    def _pieces(self) -> Iterator[Piece]:
        fields: tuple[tuple[str, int], ...] = ()
        data, filled, at = bytearray(PIECE + PADDING), 0, 0
        rows: list[int] = []
        head = struct.Struct("!Bi").unpack_from  # kind, and the length from behind it
        while True:
            got = self._socket.recv_into(memoryview(data)[filled : len(data) - PADDING])
            if not got:
                raise LostError("the server closed the connection in the middle of its answer")
            filled += got
            while at + 5 <= filled:
                kind, length = head(data, at)
                end = at + 1 + length
                if end > filled:
                    break
                if kind == _ROW:
                    rows.append(at + 7)  # behind the kind, the length and the number of values
                elif kind == _FIELDS:
                    fields = _fields(data[at + 5 : end])
                elif kind == _ERROR:
                    complaint = data[at + 5 : end]
                    self._until_ready_after(bytes(data[end:filled]))
                    raise WireError(_words(complaint))
                elif kind == _READY:
                    if rows:
                        yield Piece(fields, data, rows)
                    return
                at = end
            if len(data) - PADDING - filled == 0:
                # What belongs to the next row goes on in a piece of its own, as long as that row needs it.
                rest = data[at:filled]
                room = PIECE if len(rest) < 5 else max(PIECE, 2 * (1 + head(rest)[1]))
                if rows:
                    yield Piece(fields, data, rows)
                data = bytearray(room + PADDING)
                data[: len(rest)] = rest
                filled, at, rows = len(rest), 0, []

    def _until_ready_after(self, begun: bytes) -> None:
        """Read up to where the server waits for us, when some of that has been read already."""
        while True:
            while len(begun) < 5 or len(begun) < 1 + struct.unpack_from("!i", begun, 1)[0]:
                got = self._socket.recv(1 << 16)
                if not got:
                    raise LostError("the server closed the connection in the middle of its answer")
                begun += got
            kind, begun = begun[0], begun[1 + struct.unpack_from("!i", begun, 1)[0] :]
            if kind == _READY:
                return

    # -- the beginning ------------------------------------------------------------------------------------------

    def _secure(self, address: Address) -> None:
        if not wants_tls(address.sslmode):
            return
        self._socket.sendall(struct.pack("!ii", 8, _SSL_REQUEST))
        if self._receive(1) == b"S":
            self._socket = tls_context(address.sslmode).wrap_socket(self._socket, server_hostname=address.host)
        elif demands_tls(address.sslmode):
            raise WireError("the server does not offer TLS")

    def _login(self, address: Address) -> None:
        words = {
            "user": address.user, "database": address.database, "client_encoding": "UTF8",
            "application_name": address.application,
        }  # fmt: skip
        body = b"".join(f"{name}\0{value}\0".encode() for name, value in words.items()) + b"\0"
        self._socket.sendall(struct.pack("!ii", len(body) + 8, _PROTOCOL) + body)
        scram = None
        while True:
            kind, body = self._message()
            if kind == _ERROR:
                raise WireError(_words(body))
            if kind == _READY:
                return
            if kind != ord("R"):
                continue
            (method,) = struct.unpack_from("!i", body)
            if method == 3:
                self._send((b"p", address.password.encode() + b"\0"))
            elif method == 5:
                inner = hashlib.md5((address.password + address.user).encode(), usedforsecurity=False).hexdigest()
                outer = hashlib.md5(inner.encode() + body[4:8], usedforsecurity=False).hexdigest()
                self._send((b"p", f"md5{outer}\0".encode()))
            elif method == 10:
                from scramp import ScramClient

                # Its plain form: a server with TLS offers binding to the channel as well, and does not insist.
                scram = ScramClient([_SHA256], address.user, address.password)
                first = scram.get_client_first().encode()
                self._send((b"p", _SHA256.encode() + b"\0" + struct.pack("!i", len(first)) + first))
            elif method == 11 and scram:
                scram.set_server_first(body[4:].decode())
                self._send((b"p", scram.get_client_final().encode()))
            elif method == 12 and scram:
                scram.set_server_final(body[4:].decode())
            elif method != 0:
                raise WireError(f"the server asks for authentication method {method}, which is not supported")


def _words(body: bytes | bytearray) -> str:
    """The message of an ErrorResponse."""
    parts = {bytes(part[:1]): part[1:].decode("utf-8", "replace") for part in bytes(body).split(b"\0") if part}
    return parts.get(b"M") or "the server returned an error without a message"


def _fields(body: bytearray) -> tuple[tuple[str, int], ...]:
    """Names and types out of a RowDescription."""
    (count,) = struct.unpack_from("!h", body)
    at, found = 2, []
    for _ in range(count):
        end = body.index(0, at)
        (oid,) = struct.unpack_from("!i", body, end + 7)
        found.append((body[at:end].decode(), oid))
        at = end + 19
    return tuple(found)
