"""Fault injection: one statement of a run answers with an error that Redshift gives now and then.

First record a run (:meth:`FaultInjector.record`): its statements, in order. Then repeat the run from the same state with one
of them armed (:meth:`FaultInjector.arm`), once for each pair of statement and fault.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Optional


@dataclass(frozen=True)
class Fault:
    """How one statement fails. Without a ``sqlstate`` the connection is closed instead of an answer."""

    name: str
    sqlstate: str = ""
    message: str = ""
    detail: str = ""
    runs: bool = False  # the statement is executed, and only its answer is lost


# Messages and codes as drivers report them from real clusters (dbt-redshift #974, aws-sdk-pandas #665, parsons #343).
OID = Fault("oid", "XX000", "could not open relation with OID 12345")
SERIALIZATION = Fault(
    "serialization", "XX000", "1023",
    "Serializable isolation violation on table - 12345, transactions forming the cycle are: 1745830, 1745762 (pid:15021)",
)  # fmt: skip
CONFLICT = Fault("conflict", "XX000", "could not complete because of conflict with concurrent transaction")
CANCELLED = Fault("cancelled", "57014", "Query (12345) cancelled on user's request")
CLOSED = Fault("closed")
ANSWER_LOST = Fault("answer_lost", runs=True)
FAULTS = (OID, SERIALIZATION, CONFLICT, CANCELLED, CLOSED, ANSWER_LOST)


@dataclass(frozen=True)
class Statement:
    """A statement of a recorded run."""

    number: int  # from 0
    session: int  # which connection sent it, from 0 in order of appearance
    sql: str

    @property
    def kind(self) -> str:
        """Its text without comments, literals and numbers: the same in each run from the same state."""
        return kind_of(self.sql)

    @property
    def node(self) -> str:
        """The dbt node that its query comment names, or ''."""
        found = re.search(r'"node_id": "([^"]+)"', self.sql)
        return found[1] if found else ""


def kind_of(sql: str) -> str:
    """A statement's text without what differs from run to run."""
    text = re.sub(r"/\*.*?\*/|--[^\n]*", " ", sql, flags=re.S)
    text = re.sub(r"'(?:[^']|'')*'", "?", text)
    text = re.sub(r"(__dbt_\w+?)\d+\b", r"\1", text)
    return " ".join(re.sub(r"\b\d+(?:\.\d+)?\b", "0", text).split()).lower()


@dataclass
class FaultInjector:
    """Numbers the statements that pass the proxy, and gives one of them its fault. Thread-safe."""

    injected: Optional[Statement] = None  # the statement that got the armed fault
    _log: list[Statement] = field(default_factory=list)
    _sessions: dict[int, int] = field(default_factory=dict)
    _armed: Optional[tuple[int, Fault]] = None
    _recording: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def record(self) -> Iterator[list[Statement]]:
        """Collects the statements of a run in the list that it yields."""
        self._begin(None)
        try:
            yield self._log
        finally:
            self._recording = False

    @contextmanager
    def arm(self, number: int, fault: Fault) -> Iterator[list[Statement]]:
        """The statement of that number, counted from here, gets ``fault``, once; yields the statements of the run."""
        self._begin((number, fault))
        try:
            yield self._log
        finally:
            self._recording, self._armed = False, None

    def _begin(self, armed: Optional[tuple[int, Fault]]) -> None:
        with self._lock:
            self._log, self._sessions, self._armed, self._recording = [], {}, armed, True
            self.injected = None

    def seen(self, session: int, sql: str) -> Optional[Fault]:
        """Called by the proxy for each statement: the fault that it is to have, or None."""
        if not self._recording:
            return None
        with self._lock:
            number = self._sessions.setdefault(session, len(self._sessions))
            statement = Statement(len(self._log), number, sql)
            self._log.append(statement)
            if self._armed and self._armed[0] == statement.number:
                fault, self._armed, self.injected = self._armed[1], None, statement
                return fault
            return None
