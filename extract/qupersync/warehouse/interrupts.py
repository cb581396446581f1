"""Cancelling what the warehouse is doing for us: a statement in progress does not hear of Ctrl-C by itself."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from weakref import WeakSet

_open: WeakSet[Any] = WeakSet()


def register(connection: Any) -> Any:
    """Let :func:`cancel_statements` reach this connection as long as it lives; returns it."""
    _open.add(connection)
    return connection


def cancel_statements() -> None:
    """Ask the servers to cancel the running statement of each connection. May be called from another thread."""
    import psycopg2

    for connection in list(_open):
        with suppress(psycopg2.Error):
            if not connection.closed:
                connection.cancel()
