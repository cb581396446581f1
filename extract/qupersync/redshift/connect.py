"""A connection to a server before anything is said: name, TCP with keepalive, TLS; all within one deadline."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Union

from .messages import Deadline, LostError, NoAddressError, NoTlsError, ProtocolError
from .tls import demands_tls, tls_context, wants_tls

KEEPALIVE = 60  # seconds of silence after which a connection that is gone is probed
_PROBES, _BETWEEN = 6, 10  # probes, and seconds from one to the next
_SSL_REQUEST = 80877103


@dataclass(frozen=True)
class Address:
    """Where and as whom to connect; ``sslmode`` as in :mod:`qupersync.redshift.tls`."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    sslmode: str = "verify-full"
    timeout: float = 120  # seconds until the session must be ready
    application: str = "qupersync"


@dataclass(frozen=True)
class Connected:
    """A socket whose login is done; ``key``: the server's BackendKeyData, which a cancel request repeats."""

    socket: socket.socket
    key: bytes = b""
    pending: bytes = b""  # read from it already


def open_socket(host: str, port: int, deadline: Deadline) -> socket.socket:
    """A TCP connection to the first address of the host that answers. Errors: OSError."""
    found = _resolve(host, port, deadline)
    problem: OSError = NoAddressError(f"{host} has no address")
    for number, (family, place) in enumerate(found):
        # An address that does not answer must leave time for the others.
        seconds = deadline.left() / (len(found) - number)
        try:
            return connect_to(family, place, seconds)
        except TimeoutError:
            problem = deadline.passed()
        except OSError as error:
            problem = error
    raise problem


def connect_to(family: int, place: Any, seconds: float) -> socket.socket:
    """A TCP connection to one address. Errors: OSError."""
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        watch(made)
        made.settimeout(seconds)
        made.connect(place)
    except BaseException:
        made.close()
        raise
    return made


def watch(connection: socket.socket) -> None:
    """Notice a peer that is gone, whether we wait for it or send to it."""
    options: list[tuple[int, str, int]] = [
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_NODELAY", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", KEEPALIVE),
        (socket.IPPROTO_TCP, "TCP_KEEPALIVE", KEEPALIVE),  # macOS's name of the same
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", _BETWEEN),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", _PROBES),
        (socket.IPPROTO_TCP, "TCP_USER_TIMEOUT", 1000 * (KEEPALIVE + _PROBES * _BETWEEN)),  # Linux
    ]
    for level, name, value in options:
        if hasattr(socket, name):
            with suppress(OSError):
                connection.setsockopt(level, getattr(socket, name), value)


def secure(connection: socket.socket, host: str, sslmode: str, deadline: Deadline) -> socket.socket:
    """The connection under the TLS policy of ``sslmode``. Errors: OSError, WireError; then it is closed."""
    try:
        if not wants_tls(sslmode):
            return connection
        context = tls_context(sslmode)
        connection.settimeout(deadline.left())
        connection.sendall(struct.pack("!ii", 8, _SSL_REQUEST))
        answer = connection.recv(1)  # not a byte more: what follows must be encrypted
        if answer == b"S":
            connection.settimeout(deadline.left())
            return context.wrap_socket(connection, server_hostname=host)
        if not answer:
            raise LostError("the server closed the connection when asked for TLS")
        if answer != b"N":
            raise ProtocolError("the server answered the request for TLS with something else")
        if demands_tls(sslmode):
            raise NoTlsError("the server does not offer TLS")
        return connection
    except BaseException as error:
        connection.close()
        if isinstance(error, TimeoutError):
            raise deadline.passed() from None
        raise


def _resolve(host: str, port: int, deadline: Deadline) -> list[tuple[int, Any]]:
    """The addresses of a host, in a thread: the resolver of the system knows neither deadlines nor Ctrl-C."""
    answers: SimpleQueue[Union[list[Any], OSError]] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as error:
            answers.put(error)
        except Exception:  # a name that cannot be encoded, a port beyond 65535
            answers.put(NoAddressError(f"{host!r}, port {port}, is no address"))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except Empty:
        raise deadline.passed() from None
    if isinstance(answer, OSError):
        raise answer
    return [(family, place) for family, _, _, _, place in answer]
