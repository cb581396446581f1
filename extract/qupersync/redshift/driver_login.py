"""The login of AWS's driver, redshift_connector: passwords that are stored as SHA-256, and identity providers.

The driver logs in; then its socket is taken over and rows are decoded as ever. Its TLS verifies the certificate by the
system's CAs and AWS's own, in every mode but ``disable``.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import signature
from queue import Empty, SimpleQueue
from typing import Any, Union

from ..errors import first_line
from .connect import Address, Connected, watch
from .messages import Deadline, LoginError, ServerError
from .quiet_logs import no_debug_logs

# What a session begins with: our own login asks for it at the start.
DRIVER_SESSION = ("set client_encoding to 'UTF8'",)
_SECRET_WORDS = ("password", "secret", "token", "key", "assertion")  # in names of options
_SSL_MODES = {"disable": "verify-ca", "require": "verify-ca", "verify-ca": "verify-ca", "verify-full": "verify-full"}

Answer = Union[Connected, Exception]


def driver_connector(options: Mapping[str, Any]) -> Callable[[Address, Deadline], Connected]:
    """A connector for :class:`~qupersync.redshift.wire.Session`; ``options`` are arguments of the driver's ``connect``.

    Its errors: OSError when there is no way, WireError when the server or an identity provider refuses.
    """

    def connect(address: Address, deadline: Deadline) -> Connected:
        if address.sslmode not in _SSL_MODES:
            raise LoginError(f'sslmode = "{address.sslmode}" cannot be had with login = "redshift_connector"')
        answers: SimpleQueue[Answer] = SimpleQueue()
        given_up = threading.Event()

        def log_in() -> None:
            answers.put(_log_in(address, options, deadline))
            if given_up.is_set():
                with suppress(Empty):
                    late = answers.get_nowait()
                    if isinstance(late, Connected):
                        late.socket.close()

        # In a thread: the driver bounds each step, not the whole, and a browser may be waited for.
        threading.Thread(target=log_in, daemon=True).start()
        try:
            answer = answers.get(timeout=deadline.left())
        except BaseException as error:
            given_up.set()
            if isinstance(error, Empty):
                raise deadline.passed() from None
            raise
        if isinstance(answer, Exception):
            raise answer from None
        return answer

    return connect


def _log_in(address: Address, options: Mapping[str, Any], deadline: Deadline) -> Answer:
    """The session, or the error of having none: one of ours, without what the driver puts into its own."""
    import redshift_connector

    unknown = set(options) - set(signature(redshift_connector.connect).parameters)
    if unknown:
        return LoginError(f"login_options: redshift_connector.connect has no argument {', '.join(sorted(unknown))}")
    with no_debug_logs("redshift_connector", "boto3", "botocore", "urllib3"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the driver's own, of newer Pythons
        try:
            made = redshift_connector.connect(
                host=address.host, port=address.port, database=address.database, user=address.user or None,
                password=address.password or None, ssl=address.sslmode != "disable",
                sslmode=_SSL_MODES[address.sslmode], timeout=max(1, int(deadline.left())),
                application_name=address.application,
                client_protocol_version=0,  # 1 and 2 describe columns in another way
                **options,
            )  # fmt: skip
            return _take_over(made)
        except Exception as error:
            return _as_ours(error, [address.password, *_secrets(options)])


def _take_over(made: Any) -> Connected:
    """The driver's socket, and what the driver has read of it ahead."""
    try:
        connection, buffered, key = made._usock, made._sock, made._backend_key_data
    except AttributeError:
        raise LoginError("this version of redshift_connector keeps its socket elsewhere") from None
    connection.settimeout(0)
    pending = b""
    with suppress(OSError):  # nothing there
        pending = bytes(buffered.peek())
    buffered.close()  # the socket stays open
    watch(connection)
    return Connected(connection, bytes(key or b""), pending)


def _secrets(options: Mapping[str, Any]) -> list[str]:
    return [str(value) for name, value in options.items() if any(word in name for word in _SECRET_WORDS)]


def _as_ours(error: Exception, secrets: list[str]) -> Exception:
    if isinstance(error, (OSError, LoginError)):
        return error
    said = error.args[0] if error.args else None
    if isinstance(said, dict):  # the server's, field by field
        return ServerError(str(said.get("M") or type(error).__name__), str(said.get("C", "")), str(said.get("S", "")))
    if len(error.args) > 1 and isinstance(error.args[1], OSError):  # "communication error", and which
        return error.args[1]
    text = first_line(error) if type(error).__module__.startswith("redshift_connector") else type(error).__name__
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return LoginError(f"redshift_connector could not log in: {text}")
