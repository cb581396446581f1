"""Rows that no warehouse can take or that make no sense: each lands exactly or is rejected with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg2
import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import USER, EmbeddedServer
from tests.support.dbt_runs import dbt
from tests.support.simulated_views import GETDATE, TABLES
from tests.support.simulation import BEGIN
from tests.support.warehouses import execute

LANDS, REJECTED = "lands", "rejected"
BIG = 2**63 - 1

# name: (columns that differ from a good row, outcome, a part of the reason)
BAD_ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a good row": ({}, LANDS, ""),
    "a text of 16,384 bytes": ({"query_text": "select " + "a" * 16_377}, LANDS, ""),
    "an error beyond 4,096 bytes": ({"error_message": "é" * 2_100}, REJECTED, "error_message is longer than 4096 bytes"),
    "emoji and right-to-left": ({"username": "🦊 שלום"}, LANDS, ""),
    "a user name beyond its width": ({"username": "u" * 300}, REJECTED, "username is longer than 256 bytes"),
    "a user name of many bytes": ({"username": "é" * 200}, REJECTED, "username is longer than 256 bytes"),
    "the largest bigint": ({"execution_time": BIG}, LANDS, ""),
    "the smallest bigint": ({"returned_rows": -BIG - 1}, LANDS, ""),
    "a number beyond bigint": ({"execution_time": 10**30}, REJECTED, "execution_time does not fit 64 bits"),
    "numeric(38,0) at its edge": ({"queue_time": 10**38 - 1}, REJECTED, "queue_time does not fit 64 bits"),
    "the longest wait": ({"elapsed_time": BIG, "queue_time": BIG}, LANDS, ""),
    "a negative duration": ({"elapsed_time": -5, "end_time": BEGIN}, LANDS, ""),
    "an infinite start": ({"start_time": "infinity"}, REJECTED, "start_time"),
    "an infinite end": ({"end_time": "infinity"}, REJECTED, "end_time"),
    "a start at minus infinity": ({"start_time": "-infinity"}, REJECTED, "start_time"),
    "an end in the year 9999": ({"end_time": "9999-12-31 23:59:59.999999"}, LANDS, ""),
    "an end in the year 20000": ({"end_time": "20000-01-01"}, REJECTED, "end_time"),
    "a start before Christ": ({"start_time": "0044-03-15 BC"}, REJECTED, "start_time"),
    "no id": ({"query_id": None}, REJECTED, "query_id is NULL"),
    "no start": ({"start_time": None}, REJECTED, "start_time is NULL"),
    "no user, no type, no text": ({"user_id": None, "query_type": None, "query_text": None, "username": None}, LANDS, ""),
    "an unknown status": ({"status": "exploded"}, LANDS, ""),
    "an unknown type": ({"query_type": "TELEPORT"}, LANDS, ""),
    "no status": ({"status": None}, LANDS, ""),
    "an end without a duration": ({"elapsed_time": None}, LANDS, ""),
    "quotes and semicolons": ({"database_name": "\"; drop table x; --'"}, LANDS, ""),
    "a backslash at the end": ({"query_text": "select 'a\\"}, LANDS, ""),
    "control characters": ({"username": "a\x01\x1f\x7fb"}, LANDS, ""),
    "a fraction for a whole number": ({"returned_rows": 1.5}, LANDS, ""),
}  # fmt: skip


@pytest.fixture
def source(database: Callable[[], str], server: EmbeddedServer) -> tuple[ClusterConfig, Any]:
    """An empty cluster whose sys_query_history takes anything."""
    name = database()
    connection = psycopg2.connect(server.url(name))
    wide = {"bigint": "numeric", "int": "numeric"}
    with connection, connection.cursor() as cursor:
        for view, declared in TABLES.items():
            columns = [column.split() for column in declared.split(", ")]
            if view == "sys_query_history":
                columns = [[name, wide.get(kind, kind)] for name, kind in columns]
            cursor.execute(f"create table {view} ({', '.join(map(' '.join, columns))})")
    config = ClusterConfig(name="c", host="127.0.0.1", port=server.port, username=USER, password=server.password,
                           database=name, sslmode="disable")  # fmt: skip
    return config, connection


def insert(connection: Any, number: int, row: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "user_id": 7, "query_id": number, "transaction_id": number, "session_id": 1, "database_name": "dev",
        "query_type": "SELECT", "status": "success", "start_time": datetime(2026, 3, 1, 0, 0, number), "end_time":
        datetime(2026, 3, 1, 1), "elapsed_time": 1, "queue_time": 0, "execution_time": 1, "error_message": "",
        "returned_rows": 0, "query_text": f"select {number}", "username": "ann",
    }  # fmt: skip
    values = {**good, **row}
    with connection, connection.cursor() as cursor:
        cursor.execute(
            f"insert into sys_query_history ({', '.join(values)}) values ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )


def test_each_row_lands_or_is_rejected(
    project: Project, warehouse: Warehouse, source: tuple[ClusterConfig, Any]
) -> None:
    config, connection = source
    for number, (row, _, _) in enumerate(BAD_ROWS.values()):
        insert(connection, number, row)
    result = sync_cluster(project, warehouse, config)
    assert not result.failed, [run.error for run in result.failed]
    run = next(run for run in result.runs if run.view == "sys_query_history")
    rejected = [name for name, (_, outcome, _) in BAD_ROWS.items() if outcome == REJECTED]
    reasons = [row[0] for row in execute(warehouse, "select reason from qupersync_staging.rejected_rows")]
    assert run.rejected == len(reasons) == len(rejected), reasons
    for name in rejected:
        assert any(BAD_ROWS[name][2] in reason for reason in reasons), (name, reasons)
    landed = {row[0] for row in execute(warehouse, "select query_id from qupersync_staging.sys_query_history")}
    assert landed == {n for n, (_, outcome, _) in enumerate(BAD_ROWS.values()) if outcome == LANDS}
    dbt(warehouse, "run", "--exclude", "node_details_history+", project=project)
    kept = {row[0] for row in execute(warehouse, "select query_id from qupersync.query_history")}
    unfinished = {list(BAD_ROWS).index(name) for name in ("an unknown status", "no status")}
    assert kept == landed - unfinished
    exact = (
        "select execution_time, returned_rows, username from qupersync_staging.sys_query_history where query_id = %s"
    )
    assert execute(warehouse, exact, (list(BAD_ROWS).index("the largest bigint"),))[0][0] == BIG
    assert execute(warehouse, exact, (list(BAD_ROWS).index("the smallest bigint"),))[0][1] == -BIG - 1
    assert execute(warehouse, exact, (list(BAD_ROWS).index("emoji and right-to-left"),))[0][2] == "🦊 שלום"


def test_enough_bad_rows() -> None:
    assert len(BAD_ROWS) >= 25


def test_invalid_utf8_is_rejected(project: Project, warehouse: Warehouse, server: EmbeddedServer) -> None:
    admin = psycopg2.connect(server.url("postgres"))
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"create database raw_{warehouse.database} template template0 encoding 'SQL_ASCII'")
    admin.close()
    connection = psycopg2.connect(server.url(f"raw_{warehouse.database}"))
    with connection, connection.cursor() as cursor:
        cursor.execute(GETDATE)
        for view, columns in TABLES.items():
            cursor.execute(f"create table {view} ({columns})")
        for number, name in ((1, "'fine'"), (2, "convert_from('\\xff41'::bytea, 'SQL_ASCII')")):
            cursor.execute(
                f"""insert into sys_query_history values (7, {number}, 1, 1, 'dev', 'SELECT', 'success', now()::timestamp,
                now()::timestamp, 1, 0, 1, '', 0, 'select 1', {name})"""
            )
    config = ClusterConfig(name="c", host="127.0.0.1", port=server.port, username=USER, password=server.password,
                           database=f"raw_{warehouse.database}", sslmode="disable")  # fmt: skip
    assert not sync_cluster(project, warehouse, config).failed
    assert execute(warehouse, "select query_id from qupersync_staging.sys_query_history") == [(1,)]
    assert execute(warehouse, "select reason from qupersync_staging.rejected_rows") == [("username is not UTF-8",)]


def test_view_of_a_thousand_columns(project: Project, warehouse: Warehouse, source: tuple[ClusterConfig, Any]) -> None:
    config, connection = source
    insert(connection, 1, {})
    with connection, connection.cursor() as cursor:
        for n in range(1000):
            cursor.execute(f'alter table sys_query_history add column "Odd Column {n}" int')
    result = sync_cluster(project, warehouse, config)
    assert not result.failed
    assert len(next(run for run in result.runs if run.view == "sys_query_history").drift.unknown) == 1000
    assert execute(warehouse, "select count(*) from qupersync_staging.sys_query_history") == [(1,)]


def documented() -> str:
    """The table of docs/guarantees.md."""
    lines = ["| a row with | outcome |", "|---|---|"]
    for name, (_, outcome, reason) in BAD_ROWS.items():
        shown = "lands exactly" if outcome == LANDS else f"rejected: `{reason} …`"
        lines.append(f"| {name} | {shown} |")
    return "\n".join(lines)


def test_documented_bad_rows(project: Project) -> None:
    assert documented() in (project.root / "docs" / "guarantees.md").read_text(encoding="utf-8")
