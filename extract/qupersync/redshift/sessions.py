"""The sessions with one cluster: one a database where one is enough, opened when needed, ended from any thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Optional

from ..config.clusters import ClusterConfig, check_tls
from ..errors import SourceError
from .driver_login import DRIVER_SESSION, driver_connector
from .failures import of_login
from .iam import Logins
from .login import log_in
from .wire import Address, Session, WireError

APPLICATION = "qupersync"
SESSION = ("set timezone to 'UTC'",)
# Views change under a cached result; by the label the DBA, and our own marts, recognize our queries.
REDSHIFT_SESSION = (f"set query_group to '{APPLICATION}'", "set enable_result_cache_for_session to off")
GRACE = 60  # seconds beyond the statement's timeout: a server that is silent for longer is lost


class Sessions:
    """Sessions that are at work or ready for it. Errors when made: ConfigurationError."""

    def __init__(self, config: ClusterConfig, logins: Logins) -> None:
        check_tls(config)
        self.config, self.logins = config, logins
        self.engine = ""  # the engine's own version text, once a session was opened
        self._lock = threading.Lock()
        self._idle: dict[str, list[Session]] = {}
        self._at_work: set[Session] = set()

    @contextmanager
    def use(self, database: Optional[str] = None) -> Iterator[Session]:
        """A session with a database, for one statement at a time. Errors: SourceError naming the settings to check."""
        place = database or self.config.database
        session = self._ready(place) or self._open(place)
        with self._lock:
            self._at_work.add(session)
        try:
            yield session
        finally:
            with self._lock:
                self._at_work.discard(session)
                if not session.closed:
                    self._idle.setdefault(place, []).append(session)
            if session.closed:
                session.close()  # cancelled between two statements, its socket may be open still

    def cancel(self) -> None:
        """End the statements that are running, here at once and on the cluster in moments; from any thread."""
        with self._lock:
            running = list(self._at_work)
        for session in running:
            session.cancel()

    def close(self) -> None:
        """End all sessions."""
        self.cancel()
        with self._lock:
            idle = [session for sessions in self._idle.values() for session in sessions]
            self._idle.clear()
        for session in idle:
            session.close()

    # -- inside -------------------------------------------------------------------------------------------------

    def _ready(self, database: str) -> Optional[Session]:
        while True:
            with self._lock:
                idle = self._idle.get(database)
                session = idle.pop() if idle else None
            if session is None or session.alive():
                return session
            session.close()

    def _open(self, database: str) -> Session:
        login, config = self.logins.current(), self.config
        address = Address(
            login.host, login.port, database, login.username, login.password, config.sslmode, config.connect_timeout,
            APPLICATION,
        )  # fmt: skip
        try:
            connect = driver_connector(config.login_options) if config.uses_driver else log_in
            session = Session(address, connect, self._set_up)
        except SourceError:
            raise
        except (WireError, OSError) as error:
            raise of_login(config, error) from None
        if config.statement_timeout:
            session.give_up_after(config.statement_timeout + GRACE)
        return session

    def _set_up(self, session: Session) -> None:
        """The statements that a session begins with."""
        if not self.engine:
            self.engine = _engine(session)
        for setting in self._settings():
            session.execute(setting)

    def _settings(self) -> Iterator[str]:
        yield from SESSION
        if self.config.uses_driver:
            yield from DRIVER_SESSION
        if self.config.statement_timeout:
            yield f"set statement_timeout to {1000 * self.config.statement_timeout}"
        if "Redshift" in self.engine:
            yield from REDSHIFT_SESSION


def _engine(session: Session) -> str:
    from .text_rows import text_rows

    for piece in session.rows("select version()", text=True):
        for (value,) in text_rows(piece):
            return (value or b"").decode("utf-8", "replace")
    return ""
