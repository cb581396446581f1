"""What the benchmarks share: a server of their own, a source, and the cost of a command (time and memory)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Optional

import psutil
import psycopg2
import yaml

from qupersync.config.clusters import use_project
from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.project import Project
from qupersync.sql import quote
from qupersync.staging.arrow_schema import arrow_schema
from qupersync.warehouse.server import USER, EmbeddedServer, password_environment

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
CLUSTER = "bench"
_SQL = {
    "int64": "bigint",
    "string": "text",
    "double": "double precision",
    "bool": "boolean",
    "timestamp[us]": "timestamp",
}


@dataclass
class Cost:
    """The cost of a command: wall and CPU seconds, peak memory (MB) of its process tree, the server not included."""

    wall: float
    cpu: float
    peak: float
    output: str = ""


def measured(command: list[str], environment: Optional[dict[str, str]] = None, shell: bool = False) -> Cost:
    """Run a command and measure it. Errors: RuntimeError with its output when it fails."""
    with tempfile.TemporaryFile("w+") as sink:
        before = os.times()
        began = time.monotonic()
        running = subprocess.Popen(
            command[0] if shell else command, shell=shell, env={**os.environ, **(environment or {})}, cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, executable="/bin/bash" if shell else None,
        )  # fmt: skip
        peak, done = [0.0], threading.Event()

        def watch() -> None:
            tree = psutil.Process(running.pid)
            while not done.wait(0.02):
                total = 0
                try:
                    for process in [tree, *tree.children(recursive=True)]:
                        total += process.memory_info().rss
                except psutil.Error:
                    continue
                peak[0] = max(peak[0], total / 1e6)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        code = running.wait()
        wall = time.monotonic() - began
        done.set()
        watcher.join()
        after = os.times()
        sink.seek(0)
        output = sink.read()
    if code:
        raise RuntimeError(f"exit code {code}: {output[-2000:]}")
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return Cost(wall, cpu, peak[0], output)


def medians(costs: list[Cost]) -> Cost:
    """Medians, number by number."""
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs), median(c.peak for c in costs))


class Bench:
    """An embedded server with its usual durable settings, a source database and any number of targets."""

    def __init__(self, home: Path) -> None:
        self.home = home
        os.environ.update(
            QUPERSYNC_HOME=str(home / "state"), DBT_PROFILES_DIR=str(home), DBT_TARGET_PATH=str(home / "target"),
            DBT_LOG_PATH=str(home / "logs"), DBT_SEND_ANONYMOUS_USAGE_STATS="false",
        )  # fmt: skip
        self.project = Project(ROOT)
        use_project(self.project)
        self.server = EmbeddedServer(self.project)
        self.server.start()
        self.outputs: dict[str, Any] = {}

    def sql(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """Run SQL; rows if there are any."""
        connection = psycopg2.connect(self.server.url(database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def psql(self, database: str, *arguments: str) -> list[str]:
        """The command line of psql on a database; the password goes through the environment."""
        return [
            str(self.server.client("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
            "-p", str(self.server.port), "-U", USER, "-d", database, *arguments,
        ]  # fmt: skip

    @property
    def password(self) -> dict[str, str]:
        """The environment in which psql knows the password."""
        return {"PGPASSWORD": password_environment(self.server.password)["PGPASSWORD"]}

    def source(self, name: str, rows: int, shift: int = 0, origin: int = 0) -> None:
        """A database with all views as tables, and wide rows in sys_query_history; ``origin``: the id at a fixed time."""
        if self.server.ensure_database(name) or not self.sql(
            name, "select 1 from pg_class where relname = 'stl_vacuum'"
        ):
            self.sql(
                name,
                "create or replace function getdate() returns timestamp language sql as "
                "$$ select now() at time zone 'utc' $$",
            )
            for view in SYSTEM_VIEWS.values():
                columns = [c for c in view.columns() if not c.derived]
                typed = ", ".join(f"{quote(f.name)} {_SQL[str(f.type)]}" for f in arrow_schema(columns))
                self.sql(name, f"create table if not exists {view.view} ({typed})")
        subprocess.run(
            self.psql(name, "-v", f"rows={rows}", "-v", f"shift={shift}", "-v", f"origin={origin}", "-f", str(FOLDER / "wide_queries.sql")),
            env={**os.environ, **self.password}, check=True,
        )  # fmt: skip

    def target(self, name: str) -> str:
        """An empty database as a target of the profile."""
        self.sql("postgres", f"drop database if exists {quote(name)} with (force)")
        self.sql("postgres", f"create database {quote(name)} template template0")
        self.outputs[name] = {
            "type": "postgres", "host": "127.0.0.1", "port": self.server.port, "user": USER,
            "password": self.server.password, "dbname": name, "schema": "qupersync", "threads": 2,
        }  # fmt: skip
        document = {"qupersync": {"target": name, "outputs": self.outputs}}
        (self.home / "profiles.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
        shutil.rmtree(self.project.home / "pipelines", ignore_errors=True)
        return name

    def settings(self, source: str, **more: str) -> dict[str, str]:
        """The environment that describes the source as a cluster."""
        described = {
            "host": "127.0.0.1", "port": str(self.server.port), "username": USER, "password": self.server.password,
            "database": source, "sslmode": "disable", **more,
        }  # fmt: skip
        return {
            "SOURCES__REDSHIFT__CLUSTERS": f'["{CLUSTER}"]',
            **{f"SOURCES__REDSHIFT__{CLUSTER.upper()}__{key.upper()}": value for key, value in described.items()},
        }

    def sync(self, source: str, target: str, **more: str) -> Cost:
        """One `qupersync sync`, the whole command."""
        return measured([sys.executable, "-m", "qupersync", "sync", "--target", target], self.settings(source, **more))

    def dbt(self, target: str, *words: str) -> Cost:
        """One dbt command."""
        return measured(
            [sys.executable, "-m", "dbt.cli.main", "--quiet", *words, "--project-dir", str(ROOT), "--target", target]
        )


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench in a folder that is removed when it is done."""
    with tempfile.TemporaryDirectory(prefix="qupersync-bench-") as folder:
        made = Bench(Path(folder))
        try:
            yield made
        finally:
            made.server.stop()
            shutil.rmtree(made.server.log.parent, ignore_errors=True)  # as root it may lie elsewhere
