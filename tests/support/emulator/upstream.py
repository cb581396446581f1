"""The PostgreSQL behind the emulator: the embedded server's current version, or 9.6."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg2

from qupersync.project import Project
from qupersync.warehouse.server import USER, EmbeddedServer

from ..warehouses import forget_the_disk
from .catalog import catalog
from .postgres96 import Postgres96

BLANK = "emulator_blank"  # a database with Redshift's catalog objects and nothing else


class Upstream(Protocol):
    """A running PostgreSQL that trusts 127.0.0.1, with the database :data:`BLANK` to copy."""

    user: str
    password: str
    port: int

    def url(self, database: str) -> str:
        """A libpq URL of a database."""

    def stop(self) -> None:
        """Stop the server and delete its data."""


@dataclass(frozen=True)
class _Elsewhere(Project):
    place: Path = Path()

    @property
    def home(self) -> Path:
        return self.place


class CurrentPostgres:
    """A second embedded server, of the version that the product ships."""

    user = USER

    def __init__(self, project: Project, folder: Path) -> None:
        self._server = EmbeddedServer(_Elsewhere(project.root, folder))

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return self._server.port

    @property
    def password(self) -> str:
        """The password of the user."""
        return self._server.password

    def url(self, database: str) -> str:
        """A libpq URL of a database."""
        return self._server.url(database)

    def start(self) -> None:
        """Start it, trusting 127.0.0.1: redshift_connector logs in to Redshift, and knows no SCRAM."""
        self._server.start()
        with _Cursor(self.url("postgres")) as cursor:
            cursor.execute("show hba_file")
            Path(cursor.fetchone()[0]).write_text("host all all 127.0.0.1/32 trust\n", encoding="utf-8")
        forget_the_disk(self.url("postgres"))

    def stop(self) -> None:
        """Stop the server and delete its data."""
        self._server.stop()
        shutil.rmtree(self._server.log.parent, ignore_errors=True)


def start_current(project: Project, folder: Path) -> Upstream:
    """The current PostgreSQL as an upstream, its data under ``folder``."""
    return _with_catalog(CurrentPostgres(project, folder))


def start_96() -> Upstream:
    """PostgreSQL 9.6 as an upstream. Errors: UnavailableError."""
    return _with_catalog(Postgres96())


def _with_catalog(server: Any) -> Upstream:
    server.start()
    with _Cursor(server.url("postgres")) as cursor:
        cursor.execute(f"create database {BLANK} template template0")
    with _Cursor(server.url(BLANK)) as cursor:
        cursor.execute("show server_version_num")
        cursor.execute(catalog(int(cursor.fetchone()[0])))
    return server  # type: ignore[no-any-return]


def make_database(upstream: Upstream, name: str, template: str = BLANK, **settings: str) -> None:
    """A copy of a database, replacing one of that name; ``settings`` are those of its sessions."""
    with _Cursor(upstream.url("postgres")) as cursor:
        _end_sessions(cursor, name)
        cursor.execute(f"drop database if exists {name}")
        _end_sessions(cursor, template)
        cursor.execute(f"create database {name} template {template}")
        for setting, value in settings.items():
            cursor.execute(f"alter database {name} set {setting} = %s", (value,))


def _end_sessions(cursor: Any, database: str) -> None:
    cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database,))
    for _ in range(200):
        cursor.execute("select count(*), pg_sleep(0.01) from pg_stat_activity where datname = %s", (database,))
        if cursor.fetchone()[0] == 0:
            return
    raise AssertionError(f"sessions of {database} do not end")


class _Cursor:
    """A cursor of a connection of its own, in autocommit."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True

    def __enter__(self) -> Any:
        return self._connection.cursor()

    def __exit__(self, *_: object) -> None:
        self._connection.close()
