"""Reading a cluster: a plain connection for questions, an Arrow stream for rows.

The stream is connectorx's, over the cursor protocol, which Redshift and PostgreSQL both speak. It fails late and
loudly (a wrong password is retried for half a minute, an error in mid-stream is a Rust panic), so the plain connection
comes first, and whatever happens in the stream becomes one :class:`ViewError`.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Protocol
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from .aws import Logins
from .clusters import ClusterConfig
from .errors import QupersyncError, SourceError, ViewError
from .threads import unhurried
from .warehouse import first_line

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 5_000
APPLICATION = "qupersync"
SESSION = ("set timezone to 'UTC'",)
# Views change under a cached result, and the label tells the DBA, and our own marts, what we asked.
REDSHIFT_SESSION = (f"set query_group to '{APPLICATION}'", "set enable_result_cache_for_session to off")
KEEPALIVE = 60  # seconds of silence after which a connection that is gone is noticed


class ViewAbsentError(ViewError):
    """The view does not exist on this cluster."""


class ViewDeniedError(ViewError):
    """The user may not read the view."""


class Reader(Protocol):
    """What the sync asks of a cluster; another source (AWS's S3 tables, say) would offer the same."""

    def columns(self, view: str, database: Optional[str] = None) -> frozenset[str]:
        """The view's columns now. Errors: ViewAbsentError, ViewDeniedError, SourceError."""

    def stream(self, view: str, query: str, database: Optional[str] = None) -> Iterator[pa.RecordBatch]:
        """The rows of one pass over the view. Errors: ViewError."""

    def texts(self, view: str, query: str, database: Optional[str] = None) -> Iterator[tuple[Optional[bytes], ...]]:
        """The same rows one by one, each value as the server's text: slow, but a bad value harms its own row only."""

    def engine_version(self) -> str:
        """The engine's own version text."""

    def node_type(self) -> Optional[str]:
        """The node type, where an API tells it."""

    def close(self) -> None:
        """Give the connections back."""


class ClusterReader:
    """Reads one cluster. Errors when made: SourceError naming the settings to look at."""

    def __init__(self, config: ClusterConfig, logins: Optional[Logins] = None, folder: Optional[Path] = None) -> None:
        self.config, self.folder = config, folder  # where rows wait that came too early
        self.logins = logins or Logins(config)
        self._connections: dict[str, Any] = {}
        self._engine = ""  # told by the first session
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
                    f"{config.where} cannot be connected to, check {config.setting('host')}, .port, .database, "
                    f".username and .password: {first_line(error)}"
                ) from None
            self._connections[database] = held = connection
        return held

    def _cursor(self, database: Optional[str]) -> Any:
        return self._connection(database or self.config.database).cursor()

    def engine_version(self) -> str:
        """The engine's own version text."""
        return self._engine

    def node_type(self) -> Optional[str]:
        """What DescribeClusters tells, where IAM is used."""
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

    def columns(self, view: str, database: Optional[str] = None) -> frozenset[str]:
        """The view's columns now, found without reading a row."""
        import psycopg2

        try:
            with self._cursor(database) as cursor:
                cursor.execute(f"select * from {view} limit 0")
                return frozenset(column.name for column in cursor.description)
        except SourceError as error:
            raise ViewError(f"{view} cannot be read: {error}") from None
        except psycopg2.errors.UndefinedTable:
            raise ViewAbsentError(f"{self.config.where} has no view {view}") from None
        except psycopg2.errors.InsufficientPrivilege:
            raise ViewDeniedError(f"{self.config.where} may not read {view}: grant it (README, “Rights”)") from None
        except psycopg2.Error as error:
            raise ViewError(f"{self.config.where}: {view} cannot be read: {first_line(error)}") from None

    def stream(self, view: str, query: str, database: Optional[str] = None) -> Iterator[pa.RecordBatch]:
        """The rows of one pass over the view, in batches of bounded size."""
        import connectorx

        self._assure(view, database or self.config.database)
        try:
            with _native_noise_hidden():
                batches = connectorx.read_sql(
                    self._url(database or self.config.database),
                    query,
                    return_type="arrow_stream",
                    batch_size=BATCH_ROWS,
                    pre_execution_query=list(self._settings or SESSION),
                )
                # It reads on as fast as the cluster answers, however slowly the warehouse takes the rows.
                yield from unhurried(batches, self.folder)
        except GeneratorExit:
            raise
        except (KeyboardInterrupt, SystemExit):
            raise
        except OSError as error:
            raise QupersyncError(f"{view}: rows cannot wait in {self.folder}: {error}") from None
        except BaseException as error:  # a Rust panic is no Exception
            raise ViewError(f"{self.config.where}: {view} cannot be read: {_database_message(error)}") from None

    def _assure(self, view: str, database: str) -> None:
        """A cluster that has gone is found out at once: connectorx would try for half a minute, view by view."""
        try:
            if not _is_alive(self._connection(database)):
                self._connection(database)
        except SourceError as error:
            raise ViewError(f"{view} cannot be read: {error}") from None

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

    def _url(self, database: str) -> str:
        login, sslmode = self.logins.current(), self.config.sslmode
        options = {"sslmode": sslmode, "application_name": APPLICATION, "keepalives_idle": str(KEEPALIVE)}
        if sslmode not in ("disable", "prefer", "require"):
            options["sslmode"] = "require"  # psycopg2 has verified the certificate; connectorx knows three modes
        user, password = url_quote(login.username, safe=""), url_quote(login.password, safe="")
        place = f"{login.host}:{login.port}/{url_quote(database, safe='')}"
        return f"redshift://{user}:{password}@{place}?{urlencode(options)}"

    def close(self) -> None:
        """Give the connections back."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()


def _is_alive(connection: Any) -> bool:
    import psycopg2

    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except psycopg2.Error:
        connection.close()
        return False
    return True


def _database_message(error: BaseException) -> str:
    """The server's own words out of connectorx's Rust debug text."""
    text = first_line(error)
    for opening, closing in (('message: "', '", detail'), ("db error: ", "\n")):
        if opening in text:
            return text.split(opening, 1)[1].split(closing, 1)[0]
    return text[:300]


_noise_lock = threading.Lock()
_noise_depth = 0
_noise_saved: Any = None


@contextmanager
def _native_noise_hidden() -> Iterator[None]:
    """While a stream is read, what native code prints on stderr (Rust's backtraces) goes nowhere.

    Python's own ``sys.stderr`` keeps working: it is moved to a copy of the descriptor.
    """
    global _noise_depth, _noise_saved
    with _noise_lock:
        _noise_depth += 1
        if _noise_depth == 1:
            try:
                sys.stderr.flush()
                copy = os.dup(2)
            except (OSError, ValueError, AttributeError):
                _noise_saved = None
            else:
                _noise_saved = (copy, sys.stderr)
                if getattr(sys.stderr, "fileno", None) and _fileno(sys.stderr) == 2:
                    sys.stderr = os.fdopen(os.dup(copy), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
                sink = os.open(os.devnull, os.O_WRONLY)
                os.dup2(sink, 2)
                os.close(sink)
    try:
        yield
    finally:
        with _noise_lock:
            _noise_depth -= 1
            if _noise_depth == 0 and _noise_saved is not None:
                copy, stream = _noise_saved
                os.dup2(copy, 2)
                os.close(copy)
                if sys.stderr is not stream:
                    replaced, sys.stderr = sys.stderr, stream
                    replaced.close()
                _noise_saved = None


def _fileno(stream: Any) -> int:
    try:
        return int(stream.fileno())
    except (OSError, ValueError):
        return -1
