"""The made-up cluster: a database with Redshift's system views, filled from a seed; its time goes on like real time.

Its story counts in days from the day on which it was made (demo/fill.sql, demo/tables.sql).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Optional

from ..clock import utc_now
from ..config.clusters import ClusterConfig
from ..domain.system_views import SYSTEM_VIEWS, Presence
from ..sql import quote
from ..warehouse.interrupts import register
from ..warehouse.server import USER, EmbeddedServer

DATABASE = "demo_cluster"
DEV_DATABASE = "demo_cluster_dev"
CLUSTER = "demo"
WEEK = timedelta(days=7)
_PARTS = ("cluster.sql", "workload.sql", "tables.sql", "views.sql", "fill.sql")
AHEAD = timedelta(hours=26)  # filled ahead of time: the views show a row once its time has come
_TYPES = {int: "bigint", float: "double precision", bool: "boolean", str: "text", datetime: "timestamp"}


def views_of_every_cluster() -> dict[str, str]:
    """The views that no provisioned cluster lacks, and the columns that we read of them as PostgreSQL declares them."""
    return {
        view.view: ", ".join(f"{quote(c.name)} {_TYPES[c.type]}" for c in view.columns() if not c.derived)
        for view in SYSTEM_VIEWS.values()
        if view.presence in (Presence.EVERYWHERE, Presence.PROVISIONED)
    }


@dataclass(frozen=True)
class DemoCluster:
    """The made-up cluster on the embedded server."""

    server: EmbeddedServer
    database: str = DATABASE
    dev_database: Optional[str] = None  # a second database of the cluster, with tables of its own

    @property
    def config(self) -> ClusterConfig:
        """How the sync connects to it: as to any cluster."""
        return ClusterConfig(
            name=CLUSTER, host="127.0.0.1", port=self.server.port, database=self.database, username=USER,
            password=self.server.password, sslmode="disable", connect_timeout=10, databases=self._databases,
        )  # fmt: skip

    @property
    def _databases(self) -> tuple[str, ...]:
        return (self.database, self.dev_database) if self.dev_database else (self.database,)

    def _connect(self, database: Optional[str] = None) -> Any:
        import psycopg2

        return register(psycopg2.connect(self.server.url(database or self.database)))

    def matches(self, seed: int, queries: int) -> bool:
        """Is there a cluster of this seed and size, made by this version?"""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "select 1 from information_schema.columns "
                "where table_schema = 'demo' and table_name = 'setting' and column_name = 'made_by'"
            )
            if not cursor.fetchone():
                return False
            cursor.execute(
                "select 1 from demo.setting where seed = %s and per_week = %s and made_by = %s",
                (seed, queries, _fingerprint()),
            )
            return cursor.fetchone() is not None

    def make(self, seed: int, queries: int, weeks: int = 1, now: Optional[datetime] = None) -> None:
        """A new cluster whose first weeks, of so many queries each, end now; in each database all or nothing."""
        anchor = (now or utc_now()).replace(minute=0, second=0, microsecond=0)
        start = anchor - weeks * WEEK
        for database in reversed(self._databases):  # the main one last: with it the cluster is whole
            with self._connect(database) as connection, connection.cursor() as cursor:
                cursor.execute(
                    "drop schema if exists demo cascade; drop schema if exists public cascade; create schema public; "
                    "grant usage on schema public to public"
                )
                cursor.execute(_sql("cluster.sql"))
                cursor.execute(
                    "insert into demo.setting values (%s, %s, %s, %s, null, %s, %s)",
                    (
                        seed,
                        anchor,
                        queries,
                        start,
                        "dev" if database == self.dev_database else "prod",
                        _fingerprint(),
                    ),
                )
                for part in ("workload.sql", "tables.sql", "views.sql"):
                    cursor.execute(_sql(part))
                self._complete(cursor)
                if database == self.database:
                    self._fill(cursor, start, anchor + AHEAD, first=True)
                    cursor.execute("create index on demo.query (start_time)")
                    cursor.execute("create index on demo.query (query_id)")
        self._analyze()

    def go_on(self) -> None:
        """Fill in what happened since the last call."""
        stop = utc_now().replace(minute=0, second=0, microsecond=0) + AHEAD
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute("select filled_until from demo.setting")
            (start,) = cursor.fetchone()
            self._complete(cursor)  # this version may read more views than the one that made the cluster
            if stop > start:
                self._fill(cursor, start, stop, first=False)
        self.show(None)

    def show(self, clock: Optional[datetime]) -> None:
        """Show the cluster as it was at a time; None: now."""
        for database in self._databases:
            with self._connect(database) as connection, connection.cursor() as cursor:
                cursor.execute("update demo.setting set clock = %s", (clock,))

    @staticmethod
    def _complete(cursor: Any) -> None:
        """Views that cluster.sql makes up no rows of are empty, as they may be on a real cluster; none is missing."""
        for view, columns in views_of_every_cluster().items():
            cursor.execute(f"create table if not exists public.{view} ({columns})")

    @staticmethod
    def _fill(cursor: Any, start: datetime, stop: datetime, first: bool) -> None:
        cursor.execute(_sql("fill.sql"), {"start": start, "stop": stop, "first": first})
        cursor.execute("update demo.setting set filled_until = %s", (stop,))

    def _analyze(self) -> None:
        connection = self._connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("vacuum analyze")
        finally:
            connection.close()


def _fingerprint() -> str:
    """Of the SQL that makes a cluster: a cluster of another version is made anew."""
    return hashlib.md5("".join(_sql(name) for name in _PARTS).encode(), usedforsecurity=False).hexdigest()


def _sql(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
