"""The client of a cluster: a plain connection for catalog questions, a protocol session for rows.

Both work with Redshift and with PostgreSQL. Questions go through psycopg2; rows come through
:mod:`qupersync.redshift.wire` as Arrow. Every failure becomes one :class:`ViewError`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional, Protocol

from ..config.clusters import ClusterConfig
from ..errors import SourceError, ViewAbsentError, ViewDeniedError, ViewError, ViewLostError, first_line
from .availability import Catalog
from .iam import Logins
from .wire import KEEPALIVE, Address, Session, WireError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 5_000  # of rows that are read one by one
APPLICATION = "qupersync"
SESSION = ("set timezone to 'UTC'",)
# Views change under a cached result; by the label the DBA, and our own marts, recognize our queries.
REDSHIFT_SESSION = (f"set query_group to '{APPLICATION}'", "set enable_result_cache_for_session to off")


class Reader(Catalog, Protocol):
    """What the sync asks of a cluster; another source (AWS's S3 tables, say) would offer the same."""

    def stream(self, view: str, query: str, database: Optional[str] = None) -> Iterator[pa.RecordBatch]:
        """The rows of one pass over the view. Errors: ViewLostError, ViewError."""

    def texts(self, view: str, query: str, database: Optional[str] = None) -> Iterator[tuple[Optional[bytes], ...]]:
        """The same rows one by one, each value as the server's text: slow, but a bad value harms its own row only."""

    def clock(self) -> datetime:
        """The cluster's clock now, naive UTC. Errors: SourceError."""

    def engine_version(self) -> str:
        """The engine's own version text."""

    def node_type(self) -> Optional[str]:
        """The node type, where an API reports it."""

    def close(self) -> None:
        """Give the connections back."""


class ClusterReader:
    """Reads one cluster. Errors when made: SourceError naming the settings to look at."""

    def __init__(self, config: ClusterConfig, logins: Optional[Logins] = None) -> None:
        self.config = config
        self.logins = logins or Logins(config)
        self._connections: dict[str, Any] = {}
        self._sessions: dict[str, Session] = {}  # for rows, of each database one
        self._engine = ""  # reported by the first session
        self._settings: Optional[tuple[str, ...]] = None  # of every session, once the engine is known
        self._connection(config.database)

    def _open(self, database: str) -> Any:
        import psycopg2

        login = self.logins.current()
        connection = psycopg2.connect(
            host=login.host, port=login.port, dbname=database, user=login.username, password=login.password,
            sslmode=self.config.sslmode, connect_timeout=self.config.connect_timeout, application_name=APPLICATION,
            keepalives_idle=KEEPALIVE,
        )  # fmt: skip
        connection.autocommit = True
        if self._settings is None:
            with connection.cursor() as cursor:
                cursor.execute("select version()")
                self._engine = str(cursor.fetchall()[0][0])
            self._settings = SESSION + (REDSHIFT_SESSION if "Redshift" in self._engine else ())
        with connection.cursor() as cursor:
            for setting in self._settings:
                cursor.execute(setting)
        return connection

    def _connection(self, database: str) -> Any:
        import psycopg2

        held = self._connections.get(database)
        if held is None or held.closed:  # psycopg2 closes one that was lost
            config = self.config
            try:
                connection = self._open(database)
            except (psycopg2.OperationalError, UnicodeError) as error:
                raise SourceError(
                    f"could not connect to {config.where}; check {config.setting('host')}, .port, .database, "
                    f".username and .password: {first_line(error)}"
                ) from None
            self._connections[database] = held = connection
        return held

    def _cursor(self, database: Optional[str]) -> Any:
        return self._connection(database or self.config.database).cursor()

    def clock(self) -> datetime:
        """The cluster's clock now, naive UTC (the session's time zone is UTC)."""
        found = self.ask("select getdate()")[0][0]
        if not isinstance(found, datetime):
            raise SourceError(f"{self.config.where}: getdate() gave no timestamp but {found!r}")
        return found

    def engine_version(self) -> str:
        """The engine's own version text."""
        return self._engine

    def node_type(self) -> Optional[str]:
        """What DescribeClusters reports, where IAM is used."""
        return self.logins.node_type()

    def ask(self, sql: str, database: Optional[str] = None) -> list[tuple[Any, ...]]:
        """The answer to a small question (a probe). Errors: ViewError."""
        import psycopg2

        try:
            with self._cursor(database) as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        except psycopg2.Error as error:
            raise ViewError(first_line(error)) from None

    def columns(self, view: str, database: Optional[str] = None) -> dict[str, int]:
        """The view's columns now and the OIDs of their types, found without reading a row."""
        import psycopg2

        try:
            with self._cursor(database) as cursor:
                cursor.execute(f"select * from {view} limit 0")
                return {column.name: column.type_code for column in cursor.description}
        except SourceError as error:
            raise ViewError(f"{view} cannot be read: {error}") from None
        except psycopg2.errors.UndefinedTable:
            raise ViewAbsentError(f"{self.config.where} has no view {view}") from None
        except psycopg2.errors.InsufficientPrivilege:
            raise ViewDeniedError(
                f"{self.config.where} may not read {view}: `qupersync check` prints the GRANT"
            ) from None
        except psycopg2.Error as error:
            raise ViewError(f"{self.config.where}: {view} cannot be read: {first_line(error)}") from None

    def stream(self, view: str, query: str, database: Optional[str] = None) -> Generator[pa.RecordBatch, None, None]:
        """The rows of one pass over the view, in batches of bounded size; one stream at a time of each database."""
        from pyarrow import ArrowInvalid

        from .arrow import UnknownTypeError, batch_of

        place = database or self.config.database
        try:
            with closing(self._session(view, place).rows(query)) as pieces:
                for piece in pieces:
                    yield batch_of(piece)
        except OSError as error:
            raise ViewLostError(f"{self.config.where}: {view} cannot be read: {first_line(error)}") from None
        except (WireError, ArrowInvalid, UnknownTypeError) as error:
            raise ViewError(f"{self.config.where}: {view} cannot be read: {first_line(error)}") from None

    def _session(self, view: str, database: str) -> Session:
        """The session that reads a database's rows; a new one where the last one ended badly or is gone."""
        held = self._sessions.get(database)
        if held is None or held.closed or not held.alive():
            if held is not None:
                held.close()
            login, config = self.logins.current(), self.config
            address = Address(
                login.host, login.port, database, login.username, login.password, config.sslmode,
                config.connect_timeout, APPLICATION,
            )  # fmt: skip
            try:
                held = Session(address)
            except (WireError, OSError) as error:
                raise ViewError(
                    f"{view} cannot be read: could not connect to {config.where}: {first_line(error)}"
                ) from None
            self._sessions[database] = held
            try:
                for setting in self._settings or SESSION:
                    held.execute(setting)
            except BaseException:
                held.close()
                raise
        return held

    def texts(self, view: str, query: str, database: Optional[str] = None) -> Iterator[tuple[Optional[bytes], ...]]:
        """The rows one by one, values as the server's text in bytes."""
        import psycopg2
        from psycopg2 import extensions

        try:
            connection = self._open(database or self.config.database)
            try:
                extensions.register_type(extensions.BYTES, connection)  # decoded by us, row by row
                connection.autocommit = False  # a cursor lives in a transaction
                with connection.cursor("qupersync") as cursor:
                    cursor.itersize = BATCH_ROWS
                    cursor.execute(query)
                    for row in cursor:
                        yield tuple(row)
            finally:
                connection.close()
        except psycopg2.Error as error:
            raise ViewError(f"{self.config.where}: {view} cannot be read: {first_line(error)}") from None

    def close(self) -> None:
        """Give the connections back."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
