"""A reference decoder of a server's answer: slow, a byte after the other, written from the protocol's documentation alone.

It shares no code with the client. What it takes for an answer the client must decode to the same values; what it
refuses, the client must refuse with an error of its own.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Optional

LIMIT, ROW_LIMIT = 2**20, 2**26
NUMBERS = {16: "!B", 20: "!q", 21: "!h", 23: "!i", 701: "!d", 1114: "!q"}  # OIDs of types, and how they are sent
TEXTS = (19, 25, 1042, 1043)
INFINITE = {2**63 - 1: "last", -(2**63): "first"}


class RefusedError(Exception):
    """The bytes are no answer."""


@dataclass
class Rejected(Exception):
    """The server's own error."""

    fields: dict[str, bytes]


@dataclass
class Reply:
    """The columns of an answer and its rows."""

    columns: list[tuple[str, int]]
    rows: list[list[Any]] = field(default_factory=list)


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise RefusedError("too short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form: str) -> int:
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def word(self) -> str:
        end = self.data.find(0, self.at)
        if end < 0:
            raise RefusedError("no end of a word")
        try:
            word = self.data[self.at : end].decode("utf-8")
        except UnicodeDecodeError:
            raise RefusedError("no UTF-8") from None
        self.at = end + 1
        return word

    def end(self) -> None:
        if self.at != len(self.data):
            raise RefusedError("too long")


def reply_of(data: bytes, text: bool) -> Reply:
    """The answer to a query in the extended protocol. Errors: RefusedError, Rejected."""
    stream, reply, complete = _Bytes(data), None, False
    while True:
        kind = stream.take(1)
        length = stream.number("!i")
        if length < 4 or length > (ROW_LIMIT if kind == b"D" else LIMIT):
            raise RefusedError("length")
        body = _Bytes(stream.take(length - 4))
        if kind == b"E":
            raise Rejected(_fields(body.data))
        if kind == b"Z":
            if not complete:
                raise RefusedError("incomplete")
            return reply or Reply([])
        if kind == b"T":
            if reply is not None or complete:
                raise RefusedError("a second description")
            reply = Reply(_columns(body, text))
        elif kind == b"D":
            if reply is None or complete:
                raise RefusedError("a row out of place")
            reply.rows.append(_row(body, reply.columns, text))
        elif kind in (b"C", b"I"):
            if complete:
                raise RefusedError("a second end")
            complete = True
        elif kind not in b"12nNSA":
            raise RefusedError("an unknown message")


def _fields(data: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in data.split(b"\0"):
        found.setdefault(part[:1].decode("latin-1"), part[1:])
    return found


def _columns(body: _Bytes, text: bool) -> list[tuple[str, int]]:
    count = body.number("!h")
    if count < 0:
        raise RefusedError("a negative number of columns")
    columns = []
    for _ in range(count):
        name = body.word()
        body.take(6)
        oid = body.number("!I")
        body.take(6)
        if body.number("!h") != (0 if text else 1):
            raise RefusedError("format")
        columns.append((name, oid))
    body.end()
    return columns


def _row(body: _Bytes, columns: list[tuple[str, int]], text: bool) -> list[Any]:
    if body.number("!h") != len(columns):
        raise RefusedError("a number of values")
    row = []
    for _, oid in columns:
        length = body.number("!i")
        if not text and oid not in NUMBERS and oid not in TEXTS:
            raise RefusedError("an unknown type")
        if length == -1:
            row.append(None)
            continue
        value = body.take(length)
        row.append(value if text else _value(oid, value))
    body.end()
    return row


def _value(oid: int, data: bytes) -> Any:
    if oid in TEXTS:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise RefusedError("no UTF-8") from None
    if len(data) != struct.calcsize(NUMBERS[oid]):
        raise RefusedError("the length of a value")
    (number,) = struct.unpack(NUMBERS[oid], data)
    if oid == 16:
        return number != 0
    return _moment(number) if oid == 1114 else number


def _moment(micros: int) -> Any:
    """Microseconds since 1970, or which end of time it is."""
    since_1970 = micros + (datetime(2000, 1, 1) - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    return INFINITE.get(micros) or (INFINITE[2**63 - 1] if since_1970 >= 2**63 - 1 else since_1970)


def shown(oid: int, value: Optional[Any]) -> Any:
    """A value that the client decoded, as the reference has it; a time as microseconds since 1970."""
    return INFINITE.get(value, value) if oid == 1114 and value is not None else value
