"""Logins that end well or badly: every error is one of ours, and none tells the password."""

from __future__ import annotations

import socket
import struct
import threading
import traceback
from dataclasses import replace

import pytest

from qupersync.redshift.connect import Address
from qupersync.redshift.messages import LoginError, LostError, ProtocolError, ServerError, WireError
from qupersync.redshift.wire import Session
from tests.support.fake_server import KEY, Conversation, FakeServer, Login, asking, cleartext, fake_server, scram
from tests.support.wire_messages import complete, error, message, ready, row

PASSWORD = "pä ss-w0rd"


def address(server: FakeServer) -> Address:
    return Address("127.0.0.1", server.port, "dev", "ann", PASSWORD, "disable", 20)


@pytest.mark.parametrize("login", [cleartext(PASSWORD), scram("ann", PASSWORD)])
def test_session_after_the_login(login: Login) -> None:
    with fake_server(login) as server:
        session = Session(address(server))
        session.execute("set a to b")
        session.close()
        assert server.logins == [
            {"user": "ann", "database": "dev", "client_encoding": "UTF8", "application_name": "qupersync"}
        ]
        assert session._target.key == KEY


@pytest.mark.parametrize("login", [cleartext("other"), scram("ann", "other")])
def test_wrong_password(login: Login) -> None:
    with fake_server(login) as server, pytest.raises(WireError) as caught:
        Session(address(server))
    assert isinstance(caught.value, (ServerError, LoginError, ProtocolError))


def test_scram_accepted_before_the_server_proved_itself() -> None:
    """Who stands between must not be let in by leaving the last message out."""
    with fake_server(scram("ann", PASSWORD, ends="unproved")) as server:
        with pytest.raises(ProtocolError, match="before it proved that it knows the password"):
            Session(address(server))
        assert server.statements == []


def test_scram_with_a_forged_proof() -> None:
    with fake_server(scram("ann", PASSWORD, ends="forged")) as server:
        with pytest.raises(LoginError, match="did not prove"):
            Session(address(server))
        assert server.statements == []


def test_scram_that_falls_back_to_a_cleartext_password() -> None:
    with fake_server(scram("ann", PASSWORD, ends="cleartext")) as server:
        with pytest.raises(ProtocolError):
            Session(address(server))
        assert not any(PASSWORD.encode() in secret for secret in server.secrets)


def test_second_method_is_refused() -> None:
    def md5_then_cleartext(conversation: Conversation) -> None:
        asking(5, 4 * b"\1")(conversation)
        asking(3)(conversation)

    with fake_server(md5_then_cleartext) as server:
        with pytest.raises(ProtocolError, match="second authentication method"):
            Session(address(server))
        assert not any(PASSWORD.encode() in secret for secret in server.secrets)


@pytest.mark.parametrize(("method", "what"), [(13, "stored as SHA-256"), (14, "identity provider")])
def test_methods_of_the_driver_are_named(method: int, what: str) -> None:
    with fake_server(asking(method)) as server, pytest.raises(LoginError, match=what) as caught:
        Session(address(server))
    assert 'login = "redshift_connector"' in str(caught.value)
    assert caught.value.method == method


def saying(said: bytes) -> FakeServer:
    """A server that says this after the start-up packet, and hangs up."""

    def login(conversation: Conversation) -> None:
        conversation.send(said)
        conversation.connection.shutdown(socket.SHUT_RDWR)

    return FakeServer(login)


def asks(method: int, data: bytes = b"") -> bytes:
    return message("R", struct.pack("!i", method) + data)


SASL = asks(10, b"SCRAM-SHA-256\0\0")


@pytest.mark.parametrize(
    "said",
    [
        b"", b"R", message("R"), message("R", b"\0\0"), asks(11), asks(12), asks(-1), asks(5), asks(5, b"\1"), asks(10),
        asks(10, b"PLAIN\0\0"), asks(10, b"\xff\xfe\0\0"), SASL + asks(11, b"\xff\xfe"), SASL + asks(11, b"nonsense"),
        SASL + asks(11, b"r=x,s=QUJD,i=4096"), SASL + asks(11, b"r=,s=!,i=0"), SASL + asks(11, b"e=other-error"),
        SASL + asks(12, b"v=x"), SASL + SASL, SASL + asks(0), ready(), message("K", KEY), asks(0) + message("K", b"\1"),
        asks(0) + asks(0), asks(0) + row(b"x"), complete(), error("28000", "no entry"), message("E"), message("v", b"x"),
        b"R" + struct.pack("!i", 0), b"R" + struct.pack("!i", 2**31 - 1), b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)  # fmt: skip
def test_every_failure_is_ours(said: bytes) -> None:
    server = saying(said)
    with pytest.raises((WireError, LostError, ConnectionError)) as caught:
        Session(address(server))
    server.close()
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_error_of_a_library_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: object) -> str:
        raise RuntimeError(f"I was given {PASSWORD}")

    monkeypatch.setattr("scramp.ScramClient.get_client_first", fails)
    with fake_server(scram("ann", PASSWORD)) as server, pytest.raises(LoginError, match="RuntimeError") as caught:
        Session(address(server))
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("part", ["database", "user", "password", "application"])
@pytest.mark.parametrize("odd", ["x\0user\0admin", "x\udcff"])
def test_words_that_cannot_be_sent(part: str, odd: str) -> None:
    """A NUL would end the word and begin another parameter."""
    with fake_server() as server:
        with pytest.raises(LoginError, match="a character that cannot be sent") as caught:
            Session(replace(address(server), **{part: odd}))
        assert server.logins == []
    assert odd not in "".join(traceback.format_exception(caught.value))


def test_login_as_a_whole_is_bounded() -> None:
    """A server that keeps talking: each answer comes in time, the session never."""
    left = threading.Event()

    def talks(conversation: Conversation) -> None:
        while not left.wait(0.02):
            conversation.send(message("N", b"SNOTICE\0\0"))

    with fake_server(talks) as server:
        with pytest.raises(TimeoutError, match=r"no session after 0\.3 s"):
            Session(replace(address(server), timeout=0.3))
        left.set()


def test_set_up_is_part_of_the_login() -> None:
    with fake_server(answer=lambda statement: b"") as server, pytest.raises(TimeoutError, match="no session after"):
        Session(replace(address(server), timeout=0.3), set_up=lambda session: session.execute("set a to b"))
