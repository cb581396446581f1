"""The client of a cluster: its views' columns, their rows as Arrow, and small questions.

One login, one TLS policy and one set of errors for all of it: :mod:`qupersync.redshift.sessions` opens the sessions,
:mod:`qupersync.redshift.failures` says what an error means. Works with Redshift and with PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional, Protocol

from ..config.clusters import ClusterConfig
from ..errors import SourceError
from .availability import Catalog
from .failures import view_errors
from .iam import Logins
from .sessions import REDSHIFT_SESSION, SESSION, Sessions
from .text_rows import text_rows
from .wire import Session

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BATCH_ROWS", "REDSHIFT_SESSION", "SESSION", "ClusterReader", "Reader"]

BATCH_ROWS = 5_000  # of rows that are read one by one
_QUESTION = "the answer to a question"  # how an error names what was not a view


class Reader(Catalog, Protocol):
    """What the sync asks of a cluster; another source (AWS's S3 tables, say) would offer the same."""

    def stream(self, view: str, query: str, database: Optional[str] = None) -> Iterator[pa.RecordBatch]:
        """The rows of one pass over the view. Errors: ViewError, the class of which says what to do about it."""

    def texts(self, view: str, query: str, database: Optional[str] = None) -> Iterator[tuple[Optional[bytes], ...]]:
        """The same rows one by one, each value as the server's text: slow, but a bad value harms its own row only."""

    def clock(self) -> datetime:
        """The cluster's clock now, naive UTC. Errors: SourceError."""

    def ask(self, sql: str, database: Optional[str] = None) -> list[tuple[Any, ...]]:
        """The answer to a small question. Errors: ViewError."""

    def engine_version(self) -> str:
        """The engine's own version text."""

    def node_type(self) -> Optional[str]:
        """The node type, where an API reports it."""

    def cancel(self) -> None:
        """End what is being read, from any thread: who waits for it gets ViewLostError."""

    def close(self) -> None:
        """Give the connections back."""


class ClusterReader:
    """Reads one cluster. Errors when made: SourceError naming the settings to look at, ConfigurationError."""

    def __init__(self, config: ClusterConfig, logins: Optional[Logins] = None) -> None:
        self.config = config
        self.logins = logins or Logins(config)
        self._sessions = Sessions(config, self.logins)
        with self._sessions.use():
            pass  # that there is one, and what engine answers

    def clock(self) -> datetime:
        """The cluster's clock now, naive UTC (the session's time zone is UTC)."""
        found = self.ask("select getdate()")[0][0]
        if not isinstance(found, datetime):
            raise SourceError(f"{self.config.where}: getdate() gave no timestamp but {found!r}")
        return found

    def engine_version(self) -> str:
        """The engine's own version text."""
        return self._sessions.engine

    def node_type(self) -> Optional[str]:
        """What DescribeClusters reports, where IAM is used."""
        return self.logins.node_type()

    def ask(self, sql: str, database: Optional[str] = None) -> list[tuple[Any, ...]]:
        """The answer to a small question (a probe), as Python values. Errors: ViewError."""
        return [
            tuple(row.values())
            for batch in self.stream(_QUESTION, sql, database)
            for row in batch.rename_columns(list(map(str, range(batch.num_columns)))).to_pylist()
        ]

    def columns(self, view: str, database: Optional[str] = None) -> dict[str, int]:
        """The view's columns now and the OIDs of their types. Nothing is executed. Errors: ViewError."""
        with view_errors(self.config, view), self._sessions.use(database) as session:
            return dict(session.describe(f"select * from {view} limit 0"))

    def stream(self, view: str, query: str, database: Optional[str] = None) -> Generator[pa.RecordBatch, None, None]:
        """The rows of one pass over the view, in batches of bounded size."""
        from .arrow import batch_of

        with (
            view_errors(self.config, view),
            self._sessions.use(database) as session,
            closing(session.rows(query)) as pieces,
        ):
            for piece in pieces:
                yield batch_of(piece)

    def texts(
        self, view: str, query: str, database: Optional[str] = None
    ) -> Generator[tuple[Optional[bytes], ...], None, None]:
        """The rows one by one, values as the server's text in bytes."""
        with (
            view_errors(self.config, view),
            self._sessions.use(database) as session,
            self._any_bytes(session),
            closing(session.rows(query, text=True)) as pieces,
        ):
            for piece in pieces:
                yield from text_rows(piece)

    @contextmanager
    def _any_bytes(self, session: Session) -> Iterator[None]:
        """PostgreSQL refuses to send bytes that are not UTF-8 to a client that speaks it; Redshift has no others."""
        if "Redshift" in self._sessions.engine:
            yield
            return
        session.execute("set client_encoding to 'SQL_ASCII'")
        try:
            yield
        finally:
            if not session.closed:  # it goes on to be used
                session.execute("set client_encoding to 'UTF8'")

    def cancel(self) -> None:
        """End the statements that are running, here at once and on the cluster in moments; from any thread."""
        self._sessions.cancel()

    def close(self) -> None:
        """Give the connections back."""
        self._sessions.close()
