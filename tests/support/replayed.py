"""A session whose server has said all it will say: bytes that were made up, then the end of the connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from qupersync.redshift.connect import Address, Connected
from qupersync.redshift.wire import Session

ADDRESS = Address("host", 5439, "dev", "user", "password", "disable", 20)
_WITHOUT_A_THREAD = 100_000  # bytes that a socket buffers


@contextmanager
def replayed(data: bytes) -> Iterator[Session]:
    """A session that is logged in and will read ``data``, whatever it asks."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        if len(data) < _WITHOUT_A_THREAD:
            _say(theirs, data)
        else:
            threading.Thread(target=_say, args=(theirs, data), daemon=True).start()
        session = Session(ADDRESS, lambda address, deadline: Connected(ours))
        yield session
        session.close()


def _say(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:  # the client has left
        pass
