"""Literals of queries reach no file and no table, passwords no message: canaries, searched for everywhere."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.errors import QupersyncError
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import USER, EmbeddedServer, password_environment
from tests.support.dbt_runs import dbt
from tests.support.environment import environment_of
from tests.support.simulated_views import TABLES
from tests.support.warehouses import execute

LITERAL, PASSWORD = "KANARI7351", "geheim-8842-kanari"


@pytest.fixture
def config(database: Callable[[], str], server: EmbeddedServer) -> ClusterConfig:
    """A cluster with a literal in a text, in a text that is cut, beside a comment, and in an error message."""
    name = database()
    with psycopg2.connect(server.url(name)) as connection, connection.cursor() as cursor:
        for view, columns in TABLES.items():
            cursor.execute(f"create table {view} ({columns})")
        for number, text in enumerate(
            [f"select * from t where a = '{LITERAL}'", f"select 'it\\'s {LITERAL}", f"-- x\\nselect $$ {LITERAL} $$",
             f"/* {{\"app\": \"dbt\"}} */ select $q$ {LITERAL} $q$ /* '{LITERAL}' */"]
        ):  # fmt: skip
            cursor.execute(
                "insert into sys_query_history values (7, %s, 1, 1, 'dev', 'SELECT', 'failed', now()::timestamp, "
                "now()::timestamp, 1, 0, 1, %s, 0, %s, 'ann')",
                (number, f"invalid input syntax for type integer: \"{LITERAL}\", Value '{LITERAL}'", text),
            )
    connection.close()
    return ClusterConfig(name="c", host="127.0.0.1", port=server.port, username=USER, password=server.password,
                         database=name, sslmode="disable")  # fmt: skip


def everywhere(project: Project, home: Path, server: EmbeddedServer, warehouse: Warehouse, word: str) -> list[str]:
    """Where a word is found: files of our home, dbt's logs and artifacts, and the whole warehouse as text."""
    files = [path for path in home.rglob("*") if path.is_file() and "postgres" not in path.parts]
    found = [str(path) for path in files if word.encode() in path.read_bytes()]
    dump = subprocess.run(
        [str(server.client("pg_dump")), "-h", "127.0.0.1", "-p", str(server.port), "-U", USER, warehouse.database],
        env=password_environment(server.password), capture_output=True, check=True,
    ).stdout  # fmt: skip
    return found + (["the warehouse"] if word.encode() in dump else [])


@pytest.mark.parametrize("mode", ["normalized", "none", "full"])
def test_literals_reach_no_file_and_no_table(
    project: Project, home: Path, server: EmbeddedServer, warehouse: Warehouse, config: ClusterConfig, mode: Any
) -> None:
    assert not sync_cluster(project, warehouse, replace(config, query_text=mode)).failed
    dbt(warehouse, "run", "--exclude", "node_details_history+", project=project)
    found = everywhere(project, home, server, warehouse, LITERAL)
    assert found == (["the warehouse"] if mode == "full" else [])


def test_hash_is_the_same_in_all_modes(project: Project, warehouse: Warehouse, config: ClusterConfig) -> None:
    for mode in ("normalized", "none", "full"):
        sync_cluster(project, warehouse, replace(config, name=mode, query_text=mode))  # type: ignore[arg-type]
    hashes = "select count(distinct query_hash), count(*) from qupersync_staging.sys_query_history group by query_id"
    assert execute(warehouse, hashes) == [(1, 3)] * 4
    texts = "select distinct query_text is null, error_message is null from qupersync_staging.sys_query_history where cluster_id = 'none'"
    assert execute(warehouse, texts) == [(True, True)]


def test_password_in_no_message_and_no_file(
    project: Project, home: Path, server: EmbeddedServer, warehouse: Warehouse, config: ClusterConfig,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    with pytest.raises(QupersyncError) as caught:
        sync_cluster(project, warehouse, replace(config, password=PASSWORD))
    assert PASSWORD not in str(caught.value)
    with psycopg2.connect(server.url("postgres")) as connection, connection.cursor() as cursor:
        cursor.execute("select oid from pg_roles where rolname = 'canary'")
        if not cursor.fetchone():
            cursor.execute(f"create role canary login superuser password '{PASSWORD}'")
    connection.close()
    good = replace(config, username="canary", password=PASSWORD)
    assert not sync_cluster(project, warehouse, good).failed
    with psycopg2.connect(server.url(config.database)) as connection, connection.cursor() as cursor:
        cursor.execute("drop table stl_vacuum, sys_query_history")
    connection.close()
    result = sync_cluster(project, warehouse, good)
    assert result.failed
    assert PASSWORD not in repr(result) + repr(good) + "".join(capfd.readouterr())
    assert everywhere(project, home, server, warehouse, PASSWORD) == []


def test_password_not_in_the_process_list(
    project: Project, server: EmbeddedServer, warehouse: Warehouse, config: ClusterConfig
) -> None:
    environment = environment_of(config)
    seen: set[str] = set()
    for words in (
        ["sync", "--target", warehouse.target],
        ["warehouse", "psql", "--target", warehouse.target, "-c", "select pg_sleep(0.5)"],
    ):
        running = subprocess.Popen(
            [sys.executable, "-m", "qupersync", *words], env=environment, cwd=project.root,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while running.poll() is None:
            for process in psutil.process_iter():
                with contextlib.suppress(psutil.Error):
                    seen.add(" ".join(process.cmdline()))
            time.sleep(0.02)
        assert running.returncode == 0
    assert any("pg_sleep" in line and "psql" in line for line in seen)
    assert [line for line in seen if server.password in line] == []
