"""The login: start-up and authentication by password, MD5 or SCRAM.

One method a login: a server that asks for a second one, or accepts before SCRAM has proved who it is, is refused.
Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any, Optional

from .connect import Address, Connected, open_socket, secure
from .messages import (
    AUTHENTICATION,
    BACKEND_KEY,
    ERROR,
    READY,
    UNASKED,
    Channel,
    Deadline,
    LoginError,
    ProtocolError,
    ServerError,
    WireError,
)

_PROTOCOL = 196608
_NEGOTIATE = ord("v")
_SCRAM = "SCRAM-SHA-256"

_OK, _PASSWORD, _MD5, _SASL, _SASL_CONTINUE, _SASL_FINAL, _DIGEST, _TOKEN = 0, 3, 5, 10, 11, 12, 13, 14
# What AWS's driver can do and we cannot, by the number of the method
DRIVER_METHODS = {_DIGEST: "a password that is stored as SHA-256", _TOKEN: "a token of an identity provider"}


def log_in(address: Address, deadline: Deadline) -> Connected:
    """A session that is ready for work. Errors: OSError when there is no way, WireError when the server refuses."""
    start, connection = _start_up(address), None
    try:
        connection = open_socket(address.host, address.port, deadline)
        connection = secure(connection, address.host, address.sslmode, deadline)
        channel = Channel(connection, deadline)
        channel.write(start)
        return Connected(connection, _authenticate(channel, address), channel.pending)
    except BaseException as error:
        if connection is not None:
            connection.close()
        if isinstance(error, (OSError, WireError)) or not isinstance(error, Exception):
            raise
        # A library's own; its text could hold what it was given.
        raise LoginError(f"the login failed: {type(error).__name__}") from None


def _start_up(address: Address) -> bytes:
    words = {
        "user": address.user, "database": address.database, "client_encoding": "UTF8",
        "application_name": address.application,
    }  # fmt: skip
    for name, value in (*words.items(), ("password", address.password)):
        _check(name, value)
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in words.items()) + b"\0"
    return struct.pack("!ii", len(body) + 8, _PROTOCOL) + body


def _check(name: str, value: str) -> None:
    """A word ends with NUL on the wire: one inside would make two of it."""
    try:
        value.encode()
    except UnicodeError:
        readable = False
    else:
        readable = "\0" not in value
    if not readable:
        raise LoginError(f"the {name} holds a character that cannot be sent")


def _authenticate(channel: Channel, address: Address) -> bytes:
    """Answer the server up to where it waits for statements; its BackendKeyData, empty when it gave none."""
    exchange, key = _Exchange(address), b""
    while True:
        kind, body = channel.message()
        if kind == ERROR:
            raise ServerError.of(body)
        if kind == AUTHENTICATION:
            reply = exchange.reply(body)
            if reply is not None:
                channel.send((b"p", reply))
        elif kind == BACKEND_KEY and exchange.accepted and len(body) >= 8:
            key = body
        elif kind == READY and exchange.accepted:
            return key
        elif kind not in UNASKED and kind != _NEGOTIATE:
            raise ProtocolError(f"the server sent a message of kind {chr(kind)!r} during the login")


class _Exchange:
    """The authentication of one login."""

    def __init__(self, address: Address) -> None:
        self.accepted = False
        self._address = address
        self._method: Optional[int] = None
        self._scram: Any = None
        self._awaited = _OK  # of SCRAM

    def reply(self, body: bytes) -> Optional[bytes]:
        """The answer to an authentication request; None when none is due. Errors: WireError."""
        if len(body) < 4 or self.accepted:
            raise ProtocolError("the server sent an authentication request that cannot be read")
        (method,) = struct.unpack_from("!i", body)
        if method in (_OK, _PASSWORD) and len(body) > 4:
            raise ProtocolError(f"the server sent authentication request {method} with {len(body) - 4} bytes too many")
        if self._scram is not None:
            return self._scram_reply(method, body[4:])
        if method == _OK:
            self.accepted = True
            return None
        if self._method is not None:
            raise ProtocolError("the server asked for a second authentication method")
        self._method = method
        if method == _PASSWORD:
            return self._address.password.encode() + b"\0"
        if method == _MD5 and len(body) == 8:
            return self._md5(body[4:])
        if method == _SASL:
            return self._scram_begin(body[4:])
        if method in DRIVER_METHODS:
            raise LoginError(
                f"the server asks for authentication method {method} ({DRIVER_METHODS[method]}): "
                'that needs login = "redshift_connector"',
                method,
            )
        raise LoginError(f"the server asks for authentication method {method}, which is not supported", method)

    def _md5(self, salt: bytes) -> bytes:
        name, password = self._address.user.encode(), self._address.password.encode()
        inner = hashlib.md5(password + name, usedforsecurity=False).hexdigest()
        outer = hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest()
        return f"md5{outer}\0".encode()

    def _scram_begin(self, offered: bytes) -> bytes:
        from scramp import ScramClient

        names = [name.decode("ascii", "replace") for name in offered.split(b"\0") if name]
        if _SCRAM not in names:
            raise LoginError(f"the server offers {', '.join(names) or 'nothing'} to authenticate, not {_SCRAM}")
        # The plain form: a server with TLS offers binding to the channel as well, and does not insist.
        self._scram = ScramClient([_SCRAM], self._address.user, self._address.password)
        self._awaited = _SASL_CONTINUE
        first: bytes = self._scram.get_client_first().encode()
        return _SCRAM.encode() + b"\0" + struct.pack("!i", len(first)) + first

    def _scram_reply(self, method: int, body: bytes) -> Optional[bytes]:
        from scramp import ScramException

        if method != self._awaited:
            raise ProtocolError(
                "the server accepted the login before it proved that it knows the password"
                if method == _OK
                else f"the server sent authentication request {method} in the middle of {_SCRAM}"
            )
        if method == _OK:
            self.accepted = True
            return None
        try:
            if method == _SASL_CONTINUE:
                self._awaited = _SASL_FINAL
                self._scram.set_server_first(body.decode())
                final: str = self._scram.get_client_final()
                return final.encode()
            self._awaited = _OK
            self._scram.set_server_final(body.decode())
            return None
        except (ScramException, ValueError):
            raise LoginError(f"the server did not prove by {_SCRAM} that it knows the password") from None
