"""Messages of the PostgreSQL protocol as a server sends them, for tests that make up its answers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Optional

OIDS = {"bool": 16, "name": 19, "int8": 20, "int2": 21, "int4": 23, "text": 25, "float8": 701, "bpchar": 1042,
        "varchar": 1043, "timestamp": 1114, "numeric": 1700}  # fmt: skip

Value = Optional[bytes]


def message(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


def description(fields: Sequence[tuple[str, int]], form: int = 1) -> bytes:
    """A RowDescription; ``form``: 1 for binary values, 0 for texts."""
    body = struct.pack("!h", len(fields))
    for name, oid in fields:
        body += name.encode() + b"\0" + struct.pack("!ihIhih", 0, 0, oid, -1, -1, form)
    return message("T", body)


def value(data: Value) -> bytes:
    return struct.pack("!i", -1) if data is None else struct.pack("!i", len(data)) + data


def row(*values: Value) -> bytes:
    return message("D", struct.pack("!h", len(values)) + b"".join(map(value, values)))


def complete(tag: str = "SELECT") -> bytes:
    return message("C", tag.encode() + b"\0")


def ready() -> bytes:
    return message("Z", b"I")


def error(sqlstate: str, text: str, severity: str = "ERROR") -> bytes:
    """An ErrorResponse, as Redshift has it."""
    return message("E", f"S{severity}\0C{sqlstate}\0M{text}\0\0".encode())


def parsed() -> bytes:
    """What comes before the description: the query was parsed and bound."""
    return message("1") + message("2")


def answer(fields: Sequence[tuple[str, int]], rows: Sequence[Sequence[Value]], form: int = 1) -> bytes:
    """A whole answer to a query."""
    return parsed() + description(fields, form) + b"".join(row(*one) for one in rows) + complete() + ready()
