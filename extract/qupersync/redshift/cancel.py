"""Cancelling a statement that runs in a session: a request on a connection of its own, under the same TLS policy.

Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
"""

from __future__ import annotations

import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .connect import connect_to, secure
from .messages import Deadline, WireError

WAIT = 0.6  # seconds that the caller waits for the request to arrive: Ctrl-C must feel immediate
_TIMEOUT = 5  # seconds after which it is given up in the background
_CANCEL_REQUEST = 80877102


@dataclass(frozen=True)
class CancelTarget:
    """Which session's statement to cancel: the address its socket reached, and its BackendKeyData."""

    family: int
    place: Any
    host: str
    sslmode: str
    key: bytes = field(repr=False)

    def cancel(self) -> None:
        """Ask the server to cancel; what runs there ends with SQLSTATE 57014, or has ended. Raises nothing.

        Source of the patience: a second connection with TLS takes four round trips, so the request goes on in the
        background when the caller has waited long enough.
        """
        if not self.key:
            return
        sending = threading.Thread(target=self._send, daemon=True)
        sending.start()
        sending.join(WAIT)

    def _send(self) -> None:
        deadline = Deadline(_TIMEOUT)
        with suppress(OSError, WireError):
            connection = secure(connect_to(self.family, self.place, _TIMEOUT), self.host, self.sslmode, deadline)
            with connection:
                connection.settimeout(_TIMEOUT)
                connection.sendall(struct.pack("!ii", 8 + len(self.key), _CANCEL_REQUEST) + self.key)
                connection.recv(1)  # it closes the connection when it has acted
