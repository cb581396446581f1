"""Messages of the PostgreSQL protocol: their frames, what a server's error says, and what breaks the protocol.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import socket
import struct
from time import monotonic
from typing import Optional

MESSAGE_LIMIT = 1 << 20  # bytes of any message but a row; a description of 1,600 columns is far smaller
ROW_LIMIT = 1 << 26  # bytes of a row: 16 times what Redshift allows
_CHUNK = 1 << 16
_ERROR_LENGTH = 2_000  # characters of a server's message that are kept

# Kinds of messages that the server sends
AUTHENTICATION, BACKEND_KEY, BIND_DONE, COMPLETE, EMPTY, ERROR, FIELDS, NO_DATA = b"RK2CIETn"
NOTICE, NOTIFICATION, PARAMETER, PARSE_DONE, READY, ROW = b"NAS1ZD"
UNASKED = frozenset((NOTICE, NOTIFICATION, PARAMETER))  # may come at any time


class WireError(Exception):
    """The conversation with the server failed."""


class ServerError(WireError):
    """The server returned an error: its message, ``sqlstate`` and ``severity``. The session goes on unless closed."""

    def __init__(self, message: str, sqlstate: str = "", severity: str = "ERROR") -> None:
        super().__init__(message)
        self.sqlstate, self.severity = sqlstate, severity

    @classmethod
    def of(cls, body: bytes) -> ServerError:
        """The error in an ErrorResponse."""
        fields: dict[bytes, str] = {}
        for part in body.split(b"\0"):
            fields.setdefault(part[:1], part[1:].decode("utf-8", "replace"))
        text = fields.get(b"M", "")[:_ERROR_LENGTH]
        message = "".join(
            char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text
        )
        severity = fields.get(b"V") or fields.get(b"S", "")  # V is never translated, and newer than Redshift
        return cls(message or "the server returned an error without a message", fields.get(b"C", ""), severity)


class ProtocolError(WireError):
    """The server's answer breaks the protocol. Nothing of it can be trusted: the session is closed."""


class LoginError(WireError):
    """The login cannot go on; ``method``: the authentication method that the server asks for, where that is why."""

    def __init__(self, message: str, method: Optional[int] = None) -> None:
        super().__init__(message)
        self.method = method


class NoTlsError(LoginError):
    """TLS is required and the server does not offer it."""


class UnknownTypeError(WireError):
    """A column has a type that cannot be decoded."""


class BadValueError(WireError):
    """A value cannot be decoded; the others of its column can."""


class NoAddressError(OSError):
    """The host's name leads to no address."""


class LostError(OSError):
    """The connection ended in the middle of something."""


class Deadline:
    """A moment by which something must be done, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, above 0. Errors: TimeoutError."""
        left = self._end - monotonic()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> TimeoutError:
        """The error of not having been done by then."""
        return TimeoutError(f"timed out: no session after {self.seconds:g} s")


class Channel:
    """Messages over a connected socket. Errors of all methods: OSError, ProtocolError."""

    def __init__(self, connected: socket.socket, deadline: Optional[Deadline] = None, pending: bytes = b"") -> None:
        self.socket = connected
        self.deadline = deadline
        self.pending = pending  # bytes that came with the last message and follow it

    def work(self, silence: Optional[float]) -> None:
        """From now on wait for each answer by itself: ``silence`` seconds without a byte are too long."""
        self.deadline = None
        self.socket.settimeout(silence)

    def send(self, *messages: tuple[bytes, bytes]) -> None:
        """Send messages (kind, body) in one flight."""
        self.write(b"".join(kind + struct.pack("!i", len(body) + 4) + body for kind, body in messages))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if self.deadline:
            self.socket.settimeout(self.deadline.left())
        try:
            self.socket.sendall(data)
        except TimeoutError as error:
            raise self._late(error) from None

    def receive_into(self, room: memoryview) -> int:
        """Fill ``room`` with what there is, one byte at least."""
        if self.pending:
            taken = min(len(self.pending), len(room))
            room[:taken], self.pending = self.pending[:taken], self.pending[taken:]
            return taken
        if self.deadline:
            self.socket.settimeout(self.deadline.left())
        try:
            got = self.socket.recv_into(room)
        except TimeoutError as error:
            raise self._late(error) from None
        if not got:
            raise LostError("the server closed the connection")
        return got

    def message(self) -> tuple[int, bytes]:
        """The next message, its kind and its body, whatever its kind."""
        kind, length = struct.unpack("!Bi", self._exactly(5))
        if not 4 <= length <= MESSAGE_LIMIT:
            raise ProtocolError(f"the server sent a message of {length} bytes")
        return kind, self._exactly(length - 4)

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        chunk = bytearray(min(count, _CHUNK))
        while len(data) < count:
            got = self.receive_into(memoryview(chunk)[: count - len(data)])
            data += chunk[:got]
        return bytes(data)

    def _late(self, error: TimeoutError) -> OSError:
        if self.deadline:
            return self.deadline.passed()
        if error.errno:  # the system's own, by keepalive
            return LostError(f"the connection was lost: {error.strerror}")
        return LostError(f"timed out: the server did not go on for {self.socket.gettimeout():g} s")


def fields_of(body: bytes, text: bool) -> tuple[tuple[str, int], ...]:
    """Names and types (OIDs) out of a RowDescription; each value must come as text, or else in the binary format.

    Errors: ProtocolError.
    """
    found = []
    try:
        (count,) = struct.unpack_from("!h", body)
        at = 2
        for _ in range(count):
            end = body.index(0, at)
            name = body[at:end].decode()
            _, _, oid, _, _, form = struct.unpack_from("!ihIhih", body, end + 1)
            if form != (0 if text else 1):
                raise ProtocolError(
                    f"column {name} came in format {form}, not in the {'text' if text else 'binary'} one"
                )
            found.append((name, oid))
            at = end + 19
    except (struct.error, ValueError):
        raise ProtocolError("the server described its columns in a way that cannot be read") from None
    if at != len(body) or count < 0:
        raise ProtocolError("the server described its columns in a way that cannot be read")
    return tuple(found)
