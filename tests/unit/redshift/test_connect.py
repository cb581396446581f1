"""Connecting: the resolver, several addresses, keepalive before the first byte."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from qupersync.redshift.connect import KEEPALIVE, connect_to, open_socket
from qupersync.redshift.messages import Deadline


def test_keepalive_before_the_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    """The login was unguarded once: a cluster that went away there was waited for."""
    options: dict[str, int] = {}
    connect = socket.socket.connect

    def recording(self: socket.socket, place: Any) -> None:
        options["SO_KEEPALIVE"] = self.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name in ("TCP_KEEPIDLE", "TCP_USER_TIMEOUT"):
            if hasattr(socket, name):
                options[name] = self.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
        connect(self, place)

    monkeypatch.setattr(socket.socket, "connect", recording)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connect_to(socket.AF_INET, listener.getsockname(), 5).close()
    assert options.pop("SO_KEEPALIVE")
    assert options.pop("TCP_KEEPIDLE", KEEPALIVE) == KEEPALIVE
    assert options.pop("TCP_USER_TIMEOUT", 1000) >= 1000 * KEEPALIVE


def test_resolver_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [answered.wait()][:0])
    with pytest.raises(TimeoutError, match="no session after"):
        open_socket("slow.example", 5439, Deadline(0.2))
    answered.set()


@pytest.mark.parametrize("host", ["", "a" * 64 + ".example", "no such host", "\0"])
def test_host_that_is_none(host: str) -> None:
    with pytest.raises(OSError):
        open_socket(host, 1, Deadline(10))


def test_next_address_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # does not listen
        places = [silent.getsockname(), listener.getsockname()]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        connection = open_socket("two.example", 5439, Deadline(10))
        assert connection.getpeername() == listener.getsockname()
        connection.close()
