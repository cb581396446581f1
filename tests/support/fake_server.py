"""A server of the PostgreSQL protocol that logs in and answers as a test wants, on 127.0.0.1 in threads.

What PostgreSQL would not do: ask for SHA-256 passwords as Redshift does, accept before SCRAM ends, hang, lie.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from scramp import ScramException, ScramMechanism

from .wire_messages import answer, complete, description, message, parsed, ready

REDSHIFT = b"PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.61395"
KEY = struct.pack("!ii", 4711, 815)  # BackendKeyData
_SSL, _CANCEL, _START = 80877103, 80877102, 196608


@dataclass
class Statement:
    """A statement that a client sent: by Parse up to Sync, or as a Query; ``kinds`` of its messages."""

    sql: str
    kinds: str
    text: bool  # are the values asked for as text?


Login = Callable[["Conversation"], None]
Answer = Callable[[Statement], Optional[bytes]]


def usual(statement: Statement) -> bytes:
    """What a session's first statements get; every other query, no rows of one column."""
    if statement.kinds == "Q":
        return complete("SET") + ready()
    if "version()" in statement.sql:
        return answer([("version", 25)], [(REDSHIFT,)], form=0)
    if "E" not in statement.kinds:
        return parsed() + description([("n", 20)], form=0) + ready()
    return answer([("n", 20)], [], form=0 if statement.text else 1)


def trust(conversation: Conversation) -> None:
    """No authentication."""


def cleartext(password: str) -> Login:
    def login(conversation: Conversation) -> None:
        conversation.request(3)
        conversation.expect(password.encode() + b"\0")

    return login


def asking(method: int, data: bytes = b"") -> Login:
    """A server that asks for one method, and for no more."""

    def login(conversation: Conversation) -> None:
        conversation.request(method, data)
        conversation.read()

    return login


def scram(user: str, password: str, ends: str = "well") -> Login:
    """SCRAM-SHA-256; ``ends``: "well", "unproved" (no SASLFinal), "forged" (a wrong one), "cleartext" (asks for that)."""

    def login(conversation: Conversation) -> None:
        mechanism = ScramMechanism("SCRAM-SHA-256")
        stored = mechanism.make_auth_info(password)
        server = mechanism.make_server(lambda name: stored)
        conversation.request(10, b"SCRAM-SHA-256\0\0")
        first = conversation.read()
        server.set_client_first(first[first.index(b"\0") + 5 :].decode())
        conversation.request(11, server.get_server_first().encode())
        if ends == "cleartext":
            conversation.request(3)
        try:
            server.set_client_final(conversation.read().decode())
        except ScramException:
            raise WrongPasswordError from None
        if ends == "forged":
            conversation.request(12, b"v=" + 43 * b"A" + b"=")
        elif ends == "well":
            conversation.request(12, server.get_server_final().encode())

    return login


def digest(password: str) -> Login:
    """Redshift's method 13: SHA-256 of the salted password, with nonces of both sides."""

    def login(conversation: Conversation) -> None:
        salt, nonce = b"\x01\x02salt\x00\xff", b"server nonce"
        conversation.request(
            13, struct.pack("!ii", 0, len(salt)) + salt + struct.pack("!i", len(nonce)) + nonce
        )  # fmt: skip
        body = conversation.read(b"d")
        (length,) = struct.unpack_from("!i", body)
        given, of_client = body[4 : 4 + length], body[8 + length :]
        inner = hashlib.sha256(password.encode() + salt).digest()
        conversation.check(given == hashlib.sha256(inner + nonce + of_client).digest())

    return login


class WrongPasswordError(Exception):
    """The client does not know the password."""


class Conversation:
    """One connection of a client."""

    def __init__(self, server: FakeServer, connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self._read = connection.makefile("rb")

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def request(self, method: int, data: bytes = b"") -> None:
        self.send(message("R", struct.pack("!i", method) + data))

    def take(self, count: int) -> bytes:
        data = self._read.read(count)
        if len(data) < count:
            raise EOFError
        return data

    def read(self, kind: bytes = b"p") -> bytes:
        """The client's next message."""
        found, length = struct.unpack("!ci", self.take(5))
        body = self.take(length - 4)
        self.server.secrets.append(body)
        assert found == kind, found
        return body

    def expect(self, data: bytes) -> None:
        self.check(self.read() == data)

    def check(self, known: bool) -> None:
        if not known:
            raise WrongPasswordError

    # -- from the first byte to the last ------------------------------------------------------------------------

    def run(self) -> None:
        length, code = struct.unpack("!ii", self.take(8))
        if code == _SSL:
            length, code = self._secure()
        if code == _CANCEL:
            self.server.cancelled.append(self.take(length - 8))
            self.server.cancel_arrived.set()
            return
        assert code == _START, code
        words = self.take(length - 8).decode().split("\0")
        self.server.logins.append(dict(zip(words[0:-2:2], words[1:-2:2])))
        try:
            self.server.login(self)
        except WrongPasswordError:
            self.send(message("E", b"SFATAL\0C28000\0Mpassword authentication failed\0\0"))
            return
        self.request(0)
        self.send(message("S", b"server_encoding\0UTF8\0") + message("K", KEY) + ready())
        while True:
            self._statement()

    def _secure(self) -> tuple[int, int]:
        if self.server.tls_reply is not None:
            self.send(self.server.tls_reply)
            raise EOFError
        if self.server.tls is None:
            self.send(b"N")
        else:
            self.send(b"S")
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
            self.server.encrypted += 1
            self._read = self.connection.makefile("rb")
        length, code = struct.unpack("!ii", self.take(8))
        return length, code

    def _statement(self) -> None:
        sql, kinds, text = "", "", True
        while True:
            kind, length = struct.unpack("!ci", self.take(5))
            body = self.take(length - 4)
            kinds += kind.decode()
            if kind == b"X":
                raise EOFError
            if kind == b"Q":
                sql = body[:-1].decode()
            elif kind == b"P":
                sql = body[1 : body.index(b"\0", 1)].decode()
            elif kind == b"B":
                text = not body.endswith(struct.pack("!hh", 1, 1))
            if kind in b"QS":
                break
        statement = Statement(sql, kinds, text)
        self.server.statements.append(statement)
        reply = self.server.answer(statement)
        self.send(usual(statement) if reply is None else reply)


@dataclass
class FakeServer:
    """Listens until it is closed; records what clients sent."""

    login: Login = trust
    answer: Answer = lambda statement: None  # None: the usual one
    certificate: Optional[Path] = None  # with its key, in one file: then it offers TLS
    tls_reply: Optional[bytes] = None  # what it says instead when asked for TLS, and hangs up
    logins: list[dict[str, str]] = field(default_factory=list)  # start-up parameters
    secrets: list[bytes] = field(default_factory=list)  # answers to authentication requests
    statements: list[Statement] = field(default_factory=list)
    cancelled: list[bytes] = field(default_factory=list)  # keys of cancel requests
    encrypted: int = 0  # connections

    def __post_init__(self) -> None:
        self.tls: Optional[ssl.SSLContext] = None
        if self.certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(self.certificate)
        self.cancel_arrived = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        conversation = Conversation(self, client)
        with contextlib.suppress(OSError, EOFError):
            conversation.run()
        conversation.connection.close()
        client.close()

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()


@contextmanager
def fake_server(
    login: Login = trust, answer: Answer = lambda statement: None, certificate: Optional[Path] = None
) -> Iterator[FakeServer]:
    """A server for the length of a test."""
    made = FakeServer(login, answer, certificate)
    try:
        yield made
    finally:
        made.close()
