"""A session of the PostgreSQL protocol as far as reading needs it; Redshift uses the same.

A query is prepared once, executed once and answered in the binary format (or as text). Its rows stay the bytes that
arrived, in large pieces (``qupersync.redshift.arrow`` turns them into Arrow): no driver that makes an object of each
value. Nothing is read ahead of the consumer, so the cluster waits and memory stays bounded.
Source: https://www.postgresql.org/docs/current/protocol.html
"""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from .cancel import CancelTarget
from .connect import Address, Connected
from .login import log_in
from .messages import (
    BIND_DONE,
    COMPLETE,
    EMPTY,
    ERROR,
    FIELDS,
    MESSAGE_LIMIT,
    NO_DATA,
    PARSE_DONE,
    READY,
    ROW,
    ROW_LIMIT,
    UNASKED,
    Channel,
    Deadline,
    LostError,
    ProtocolError,
    ServerError,
    WireError,
    fields_of,
)

__all__ = ["Address", "LostError", "Piece", "ProtocolError", "ServerError", "Session", "WireError"]

PIECE = 1 << 22  # bytes of rows that are handed on at once
PADDING = 8  # so that a value can be looked at in words of eight bytes, up to the last one
GOODBYE = 1  # seconds to say it in

# What the types of the wire (by their OID) are here. char(n) comes with the blanks that pad it.
TYPES: dict[int, type] = {
    16: bool, 19: str, 20: int, 21: int, 23: int, 25: str, 701: float, 1042: str, 1043: str, 1114: datetime,
}  # fmt: skip

_WITHOUT_MEANING = UNASKED | {PARSE_DONE, BIND_DONE}
_UNNAMED = b"\0"

Connector = Callable[[Address, Deadline], Connected]


@dataclass(frozen=True)
class Piece:
    """Rows as they came: the number of each row's first value in ``data``, which ends with :data:`PADDING` more bytes.

    ``fields``: name and type (OID) of each value of a row. A row is its length (4 bytes, itself included), the number
    of its values (2) and the values; a value is its length (4 bytes, -1 for NULL) and as many bytes. All big-endian.
    """

    fields: tuple[tuple[str, int], ...]
    data: bytearray
    rows: list[int]


class Session:
    """One session. Errors when made: OSError when there is no way, WireError when the server refuses.

    Errors of all methods that talk: ServerError, after which the session goes on unless ``closed``; ProtocolError and
    OSError, which close it.
    """

    def __init__(
        self, address: Address, connect: Connector = log_in, set_up: Callable[[Session], None] = lambda session: None
    ) -> None:
        """``connect`` logs in; ``set_up`` runs the session's first statements. Both within ``address.timeout``."""
        deadline = Deadline(address.timeout)
        made = connect(address, deadline)
        self.closed = False
        self._busy = False  # an answer is not complete
        self._channel = Channel(made.socket, deadline, made.pending)
        try:
            place = made.socket.getpeername()
            self._target = CancelTarget(made.socket.family, place, address.host, address.sslmode, made.key)
            set_up(self)
            self._channel.work(None)
        except BaseException:
            self.close()
            raise

    @property
    def _socket(self) -> socket.socket:
        return self._channel.socket

    def give_up_after(self, silence: float) -> None:
        """Take the server for lost when it sends nothing for so many seconds while we wait for it."""
        self._channel.work(silence)

    def alive(self) -> bool:
        """Is the connection still open, as far as is known here? No query may be running."""
        if self.closed or self._busy or self._channel.pending:
            return False
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self._socket, selectors.EVENT_READ)
            except (OSError, ValueError):
                return False
            return not selector.select(0)  # unasked, a server sends a goodbye only

    # -- questions ----------------------------------------------------------------------------------------------

    def execute(self, statement: str) -> None:
        """Run a statement whose answer nobody needs."""
        with self._answering():
            self._channel.send((b"Q", statement.encode() + b"\0"))
            self._answer(frozenset((FIELDS, ROW)), frozenset((COMPLETE, EMPTY)))

    def describe(self, query: str) -> tuple[tuple[str, int], ...]:
        """Names and types (OIDs) of a query's columns. Nothing is executed.

        The query is bound, too: what a user may not read is refused then (PostgreSQL starts its executor), not when it
        is parsed.
        """
        with self._answering():
            self._channel.send(*self._prepared(query, text=True), (b"S", b""))
            return self._answer(frozenset(), frozenset((FIELDS, NO_DATA)))

    def rows(self, query: str, text: bool = False) -> Generator[Piece, None, None]:
        """The rows of a query, in pieces; values in the binary format, or each as the server's text.

        Whoever stops before the end has cancelled the query and closed the session.
        """
        with self._answering():
            everything = (b"E", _UNNAMED + struct.pack("!i", 0))
            self._channel.send(*self._prepared(query, text), everything, (b"S", b""))
            yield from self._pieces(text)

    @staticmethod
    def _prepared(query: str, text: bool) -> tuple[tuple[bytes, bytes], ...]:
        formats = struct.pack("!hhh", 0, 0, 0) if text else struct.pack("!hhhh", 0, 0, 1, 1)
        return (
            (b"P", _UNNAMED + query.encode() + b"\0" + struct.pack("!h", 0)),
            (b"B", _UNNAMED + _UNNAMED + formats),
            (b"D", b"P" + _UNNAMED),
        )

    # -- the end ------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """End the statement that is running, here at once and on the server in moments; from any thread.

        Whoever waits for its answer gets LostError; the session is closed.
        """
        self.closed = True
        with suppress(OSError):
            # TLS is not asked: what is read from here on must not be taken for unencrypted bytes.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        self._target.cancel()

    def close(self) -> None:
        """End the session."""
        if not self.closed:
            self.closed = True
            with suppress(OSError):
                self._socket.settimeout(GOODBYE)
                self._socket.sendall(b"X" + struct.pack("!i", 4))
        self._socket.close()

    # -- answers ------------------------------------------------------------------------------------------------

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """While an answer is read: whoever leaves before its end has cancelled the statement and closed the session."""
        if self.closed or self._busy:
            raise LostError(f"the session is {'closed' if self.closed else 'busy'}")
        self._busy = True
        try:
            yield
        finally:
            if self._busy:
                if not self.closed:
                    self.cancel()
                self.close()

    def _answer(self, expected: frozenset[int], ends: frozenset[int]) -> tuple[tuple[str, int], ...]:
        """Read up to where the server waits for us; the described columns. Errors: the first one that it sent.

        ``expected``: what may come beside errors; ``ends``: of which one must come.
        """
        fields: tuple[tuple[str, int], ...] = ()
        problem: Optional[ServerError] = None
        ended = not ends
        while True:
            try:
                kind, body = self._channel.message()
            except (OSError, ProtocolError):
                if problem is not None:  # the server's own words say more than that it hung up
                    self.close()
                    raise problem from None
                raise
            if kind == ERROR:
                problem = problem or ServerError.of(body)
            elif kind == READY:
                if problem is not None:
                    self._busy = False
                    raise problem
                if not ended:
                    raise _incomplete()
                self._busy = False
                return fields
            elif kind in ends or kind in expected:
                ended = ended or kind in ends
                if kind == FIELDS and kind in ends:
                    fields = fields_of(body, text=True)
            elif kind not in _WITHOUT_MEANING:
                raise _unexpected(kind)

    def _fail(self, body: bytes) -> ServerError:
        """The error that ended an answer; the rest of the answer is read."""
        problem = ServerError.of(body)
        try:
            self._answer(frozenset(), frozenset())
        except (OSError, WireError):
            self.close()
        return problem

    def _pieces(self, text: bool) -> Iterator[Piece]:
        fields: Optional[tuple[tuple[str, int], ...]] = None
        data, filled, at = bytearray(PIECE + PADDING), 0, 0
        rows: list[int] = []
        complete: Optional[int] = None  # rows of this piece when the server said that there are no more
        head = struct.Struct("!Bi").unpack_from  # kind, and the length from behind it
        while True:
            filled += self._channel.receive_into(memoryview(data)[filled : len(data) - PADDING])
            while at + 5 <= filled:
                kind, length = head(data, at)
                end = at + 1 + length
                if end > filled:
                    if length > (ROW_LIMIT if kind == ROW else MESSAGE_LIMIT):
                        raise ProtocolError(f"the server sent a message of {length} bytes")
                    break
                if length < 4:
                    raise ProtocolError(f"the server sent a message of {length} bytes")
                if kind == ROW:
                    rows.append(at + 7)  # behind the kind, the length and the number of values
                elif kind == FIELDS and fields is None and complete is None:
                    fields = fields_of(bytes(data[at + 5 : end]), text)
                elif kind in (COMPLETE, EMPTY) and complete is None:
                    complete = len(rows)
                elif kind == ERROR:
                    self._channel.pending = bytes(data[end:filled])
                    raise self._fail(bytes(data[at + 5 : end]))
                elif kind == READY:
                    if complete != len(rows):
                        raise _incomplete()
                    piece = _piece(fields, data, rows)
                    self._channel.pending = bytes(data[end:filled])
                    self._busy = False
                    if piece:
                        yield piece
                    return
                elif kind not in _WITHOUT_MEANING and kind != NO_DATA:
                    raise _unexpected(kind)
                at = end
            if len(data) - PADDING - filled == 0:
                # What belongs to the next row goes on in a piece of its own, as long as that row needs it; a length
                # that nothing has come of yet does not reserve memory.
                rest = data[at:filled]
                needed = 0 if len(rest) < 5 else 1 + head(rest)[1]
                room = max(PIECE, min(2 * needed, 2 * len(rest)))
                piece = _piece(fields, data, rows)
                if piece:
                    yield piece
                    complete = None if complete is None else complete - len(rows)
                data = bytearray(room + PADDING)
                data[: len(rest)] = rest
                filled, at, rows = len(rest), 0, []


def _piece(fields: Optional[tuple[tuple[str, int], ...]], data: bytearray, rows: list[int]) -> Optional[Piece]:
    if not rows:
        return None
    if fields is None:
        raise ProtocolError("the server sent rows without a description of their columns")
    return Piece(fields, data, rows)


def _incomplete() -> ProtocolError:
    return ProtocolError("the server ended its answer before it was complete")


def _unexpected(kind: int) -> ProtocolError:
    return ProtocolError(f"the server sent a message of kind {chr(kind)!r}, which does not belong there")
