"""A proxy between a Redshift client and PostgreSQL: drops start-up parameters that only Redshift knows, rewrites every
statement, loads COPY from S3, injects faults, counts the statements and records the rejected ones.

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
from typing import BinaryIO, Optional

from . import copy_from_s3
from .copy_from_s3 import Column, CopyError
from .fake_s3 import FakeS3
from .faults import Fault, FaultInjector
from .refusals import against_policy
from .rewrite import RefusedError, rewrite

_KNOWN = (b"user", b"database", b"client_encoding", b"application_name")
_SSL, _START = 80877103, 196608
# In place of a statement that is to fail: PostgreSQL rejects it, which also aborts the transaction; the client gets another error.
_FAILS = 'select "qupersync emulator: this statement is rejected"'
_COPY_CHUNK = 1 << 16


@dataclass
class Proxy:
    """A listener on 127.0.0.1 in front of a PostgreSQL."""

    upstream: int  # its port
    s3: Optional[FakeS3] = None
    statements: int = 0
    copies: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)  # message, statement; without injected faults
    against_policy: set[str] = field(default_factory=set)  # what Redshift runs and should not be given
    on_statement: Callable[[int, str], None] = lambda session, statement: None
    faults: FaultInjector = field(default_factory=FaultInjector)

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


@dataclass(frozen=True)
class _Error:
    """The ErrorResponse that the client gets instead of PostgreSQL's."""

    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""
    injected: bool = False

    def body(self) -> bytes:
        fields = {"S": "ERROR", "V": "ERROR", "C": self.sqlstate, "M": self.message, "D": self.detail, "H": self.hint}
        return b"".join(f"{code}{text}\0".encode() for code, text in fields.items() if text) + b"\0"


def _read(stream: BinaryIO, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


class _Session:
    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self.proxy, self.client, self.last = proxy, client, ""
        self.error: Optional[_Error] = None  # for the next ErrorResponse
        self.copy_data: Optional[bytes] = None  # for the next CopyInResponse
        self.loses_answer = self.losing = False
        self.prepared: dict[bytes, str] = {}  # statements by name: a client may bind one again without parsing it
        self.parsed: Optional[bytes] = None  # the name that was parsed last and not bound yet
        self.parameters: dict[str, str] = {}
        self.server = socket.create_connection(("127.0.0.1", proxy.upstream))
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # -- from the client ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            requests = self.client.makefile("rb")
            length, code = struct.unpack("!ii", _read(requests, 8))
            while code == _SSL:
                self.client.sendall(b"N")
                length, code = struct.unpack("!ii", _read(requests, 8))
            words = _read(requests, length - 8).split(b"\0")
            kept = [pair for pair in zip(words[::2], words[1::2]) if pair[0] in _KNOWN]
            self.parameters = {name.decode(): value.decode() for name, value in kept}
            body = b"".join(name + b"\0" + value + b"\0" for name, value in kept) + b"\0"
            self.server.sendall(struct.pack("!ii", len(body) + 8, _START) + body)
            threading.Thread(target=self._answers, daemon=True).start()
            while True:
                self._request(requests)
        except (EOFError, OSError):
            pass
        finally:
            self._end()

    def _end(self) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _request(self, requests: BinaryIO) -> None:
        kind, length = struct.unpack("!ci", _read(requests, 5))
        body = _read(requests, length - 4)
        if kind == b"Q":
            body = self._statement(body[: body.index(b"\0")].decode("utf-8"), simple=True).encode("utf-8") + b"\0"
        elif kind == b"P":
            name, end = body[: body.index(b"\0")], body.index(b"\0", body.index(b"\0") + 1)
            sql = body[len(name) + 1 : end].decode("utf-8")
            self.parsed, self.prepared[name] = name, sql
            body = name + b"\0" + self._statement(sql, simple=False).encode("utf-8") + body[end:]
        elif kind == b"B":
            portal, name, rest = body.split(b"\0", 2)
            if name != self.parsed:  # prepared earlier
                if self._statement(self.prepared.get(name, ""), simple=False) == _FAILS:
                    name = b"no such statement"
                body = portal + b"\0" + name + b"\0" + rest
            self.parsed = None
        self.server.sendall(_message(kind, body))

    def _statement(self, sql: str, simple: bool) -> str:
        """What PostgreSQL gets for a statement. Errors: EOFError to close the connection."""
        self.last = sql
        self.proxy.statements += 1
        self.proxy.on_statement(id(self), sql)
        fault = self.proxy.faults.seen(id(self), sql)
        if fault and not fault.sqlstate and not fault.runs:
            raise EOFError
        if fault and fault.runs:
            self.loses_answer = True
        elif fault:
            return self._fails(_error_of(fault))
        self.proxy.against_policy.update(against_policy(sql))
        try:
            copy = copy_from_s3.parse(sql)
            return self._copy(copy, simple) if copy else rewrite(sql)
        except RefusedError as error:
            return self._fails(_Error(error.sqlstate, error.message, hint=f"use {error.hint}"))
        except CopyError as error:
            return self._fails(_Error(error.sqlstate, error.message, error.detail))

    def _fails(self, error: _Error) -> str:
        self.error = error
        return _FAILS

    def _copy(self, copy: copy_from_s3.Copy, simple: bool) -> str:
        if self.proxy.s3 is None or not simple:
            raise CopyError("this emulator has no S3, or COPY came as a prepared statement", sqlstate="0A000")
        columns, self.copy_data = copy_from_s3.rows(copy, self._columns(copy.table), self.proxy.s3)
        self.proxy.copies += 1
        return copy.statement(columns)

    def _columns(self, table: str) -> list[Column]:
        """The committed columns of a table, in its order."""
        import psycopg2

        connection = psycopg2.connect(
            host="127.0.0.1", port=self.proxy.upstream, user=self.parameters["user"], password="any",
            dbname=self.parameters["database"],
        )  # fmt: skip
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "select attname, format_type(atttypid, atttypmod) from pg_attribute "
                    "where attrelid = cast(%s as regclass) and attnum > 0 and not attisdropped order by attnum",
                    (table,),
                )
                return [Column(*row) for row in cursor.fetchall()]
        except psycopg2.errors.UndefinedTable:
            raise CopyError(f"Cannot COPY into nonexistent table {table}", sqlstate="42P01") from None
        finally:
            connection.close()

    # -- from the server ---------------------------------------------------------------------------------------------

    def _answers(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            answers = self.server.makefile("rb")
            while True:
                kind, length = struct.unpack("!ci", _read(answers, 5))
                self._answer(kind, _read(answers, length - 4))

    def _answer(self, kind: bytes, body: bytes) -> None:
        if kind == b"E":
            body = self._rejected(body)
        elif kind == b"G" and self.copy_data is not None:
            data, self.copy_data = self.copy_data, None
            for start in range(0, len(data), _COPY_CHUNK):
                self.server.sendall(_message(b"d", data[start : start + _COPY_CHUNK]))
            self.server.sendall(_message(b"c", b""))
            return
        elif kind == b"C" and self.loses_answer:
            self.losing = True
        if self.losing:  # until the server has committed what it commits with this statement
            if kind == b"Z":
                self._end()
            return
        self.client.sendall(_message(kind, body))

    def _rejected(self, body: bytes) -> bytes:
        error, self.error, self.copy_data = self.error, None, None
        if error is not None:
            body = error.body()
        if error is None or not error.injected:
            fields = {part[:1]: part[1:].decode("utf-8", "replace") for part in body.split(b"\0") if part}
            words = [fields[code] for code in (b"M", b"D", b"H") if code in fields]
            self.proxy.rejected.append(("; ".join(words), self.last))
        return body


def _error_of(fault: Fault) -> _Error:
    return _Error(fault.sqlstate, fault.message, fault.detail, injected=True)


if __name__ == "__main__":
    proxy = Proxy(
        int(sys.argv[1]), on_statement=lambda session, statement: print(json.dumps([session, statement]), flush=True)
    )
    print(proxy.port, flush=True)
    threading.Event().wait()
