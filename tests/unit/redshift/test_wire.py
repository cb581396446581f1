"""Logins of the protocol client that fail, against a socket: no server is needed."""

from __future__ import annotations

import socket
import struct
import threading

import pytest

from qupersync.redshift.wire import Address, Session, WireError


def test_unknown_authentication_method_is_named() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        client, _ = listener.accept()
        client.recv(1000)
        client.sendall(b"R" + struct.pack("!ii", 8, 7))  # GSSAPI
        client.recv(1000)

    threading.Thread(target=answer, daemon=True).start()
    with pytest.raises(WireError, match="authentication method 7"):
        Session(Address("127.0.0.1", listener.getsockname()[1], "d", "u", "p", "disable", 5))
    listener.close()


def test_login_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(OSError, match="timed out"):
        Session(Address("127.0.0.1", listener.getsockname()[1], "d", "u", "p", "disable", 0.2))
