"""What several tests need: warehouses, dbt in this process, whole tables to compare."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

import psycopg2
import yaml

from qupersync.embedded import USER, EmbeddedServer
from qupersync.project import Project
from qupersync.schema import STAGING_TABLES, quote, staged_columns
from qupersync.warehouse import Warehouse

# What a build makes, and that with its data tests. Unit tests are of the models alone: test_builds_agree runs them.
MADE = ("build", "--exclude-resource-type", "test", "unit_test")
TESTED = ("build", "--exclude-resource-type", "unit_test")

# Everything that people read, and what makes two builds comparable: the time of a build is not.
ENTITIES = (
    "query_history",
    "table_stats",
    "table_stats_history",
    "vacuum_history",
    "node_details",
    "node_details_history",
    "latest_snapshots",
    "serverless_usage_history",
)
MARTS = (
    "query_spill",
    "query_performance_daily",
    "query_performance_hourly",
    "query_patterns",
    "query_patterns_daily",
    "table_health",
    "table_growth",
    "cluster_cost_daily",
    "vacuum_effectiveness",
    "node_storage",
    "findings_now",
    "unfinished_queries",
)  # and sync_gaps, which is empty as it should be; findings_history knows when it was built, and findings with it


@dataclass
class Warehouses:
    """Databases of the test server as warehouses, each a target of one profile."""

    project: Project
    server: EmbeddedServer
    home: Path
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def make(self, template: Optional[Warehouse] = None, name: str = "", **settings: Any) -> Warehouse:
        """A new warehouse, empty or a copy of another one; one of that name goes first."""
        name = name or f"wh_{uuid.uuid4().hex[:8]}"
        connection = psycopg2.connect(self.server.url("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                source = quote(template.database) if template else "template0"
                cursor.execute(f"drop database if exists {quote(name)} with (force)")
                cursor.execute(f"create database {quote(name)} template {source}")
        finally:
            connection.close()
        return self.register(name, dbname=name, **settings)

    def register(self, target: str, **settings: Any) -> Warehouse:
        """Describe a warehouse in the profile."""
        self.outputs[target] = {
            "type": "postgres",
            "host": "127.0.0.1",
            "port": self.server.port,
            "user": USER,
            "password": self.server.password,
            "schema": "qupersync",
            "threads": 2,
            **settings,
        }
        document = {"qupersync": {"target": target, "outputs": self.outputs}}
        (self.home / "profiles.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
        return Warehouse(target, self.outputs[target]["type"], self.outputs[target])


_parsed: dict[tuple[str, ...], Any] = {}


def dbt(
    warehouse: Warehouse, *arguments: str, project: Project, expect: Optional[bool] = True, parse_once: bool = False
) -> list[dict[str, Any]]:
    """Run dbt in this process, deprecations as errors; the results' nodes and statuses.

    Fails the test when dbt's success is not what is expected (None: anything), with the messages of what failed.
    ``parse_once``: the same command on the same target again uses the project as it was parsed, compiled anew.
    """
    from dbt.cli.main import dbtRunner

    # A folder for each target and its vars: what dbt parsed there is good for the next call.
    parsed = Path(os.environ["DBT_TARGET_PATH"], warehouse.target, f"{zlib.crc32(repr(arguments).encode()):x}")
    command = [
        "--quiet",
        "--warn-error-options",
        json.dumps({"error": ["Deprecations"]}),
        *arguments,
        "--project-dir",
        str(project.root),
        "--target",
        warehouse.target,
        "--target-path",
        str(parsed if "--vars" in arguments else parsed.parent / "plain"),
    ]
    # dbt's log goes to whatever stdout was at its first call: keep it off pytest's.
    with contextlib.redirect_stdout(None):
        key = (warehouse.target, *arguments) if parse_once else ()
        if parse_once and key not in _parsed:
            vars_ = arguments[arguments.index("--vars") :] if "--vars" in arguments else ()
            _parsed[key] = dbtRunner().invoke(["parse", *vars_, *command[command.index("--project-dir") :]]).result
        outcome = dbtRunner(_parsed.get(key)).invoke([*command, *(["--no-write-json"] if parse_once else [])])
    results = [
        {"node": result.node.unique_id, "status": str(result.status), "message": result.message}
        for result in getattr(outcome.result, "results", None) or []
    ]
    bad = [result for result in results if result["status"] not in ("success", "pass", "no-op")]
    if expect:
        assert outcome.success, (outcome.exception, bad)
        assert not bad, bad
    elif expect is False:
        assert not outcome.success
        if not results:
            results = [{"node": "", "status": "error", "message": str(outcome.exception)}]
    return results


def rows_of(warehouse: Warehouse, relation: str, without: tuple[str, ...] = ("built_at",)) -> list[tuple[Any, ...]]:
    """All rows of `schema.table` in a fixed order, but for some columns."""
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(f"select * from {relation} limit 0")
            columns = [quote(c.name) for c in cursor.description if c.name not in without]
            cursor.execute(f"select {', '.join(columns)} from {relation} order by {', '.join(columns)}")
            return list(cursor.fetchall())
    finally:
        connection.close()


def everything(warehouse: Warehouse, without: tuple[str, ...] = ("built_at",)) -> dict[str, list[tuple[Any, ...]]]:
    """All entities and marts, to the last row."""
    relations = [f"{warehouse.schema}.{name}" for name in ENTITIES]
    relations += [f"{warehouse.marts_schema}.{name}" for name in MARTS]
    return {relation: rows_of(warehouse, relation, without) for relation in relations}


def execute(warehouse: Warehouse, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Run SQL in the warehouse."""
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def utc(text: str) -> datetime:
    """A naive UTC time."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def stage(warehouse: Warehouse, rows: dict[str, list[dict[str, Any]]], sync_id: str, synced_at: datetime) -> None:
    """Put rows into staging as a complete sync of cluster `c` would have: for tests of the models alone."""
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            for table, wanted in rows.items():
                columns = [c.name for c in staged_columns(STAGING_TABLES[table])]
                values = [{"cluster_id": "c", "sync_id": sync_id, "synced_at": synced_at, **row} for row in wanted]
                _insert(cursor, warehouse, table, columns, values)
            runs = [
                {
                    "cluster_id": "c", "sync_id": sync_id, "synced_at": synced_at, "view_name": view, "outcome": "ok",
                    "database_name": "db" if view == "svv_table_info" else None,
                    "rows_read": len(found), "rows_rejected": 0, "started_at": synced_at, "finished_at": synced_at,
                    "_dlt_load_id": sync_id, "_dlt_id": f"{sync_id}-{view}",
                }
                for view, found in rows.items()
            ]  # fmt: skip
            _insert(cursor, warehouse, "sync_runs", list(runs[0]) if runs else [], runs)
            _insert(
                cursor, warehouse, "clusters",
                ["cluster_id", "sync_id", "synced_at", "deployment", "_dlt_load_id", "_dlt_id"],
                [{"cluster_id": "c", "sync_id": sync_id, "synced_at": synced_at, "deployment": "provisioned",
                  "_dlt_load_id": sync_id, "_dlt_id": sync_id}],
            )  # fmt: skip
            _insert(
                cursor, warehouse, "_dlt_loads", ["load_id", "status", "schema_name"],
                [{"load_id": sync_id, "status": 0, "schema_name": "redshift"}],
            )  # fmt: skip
        connection.commit()
    finally:
        connection.close()


def _insert(cursor: Any, warehouse: Warehouse, table: str, columns: list[str], values: list[dict[str, Any]]) -> None:
    from psycopg2.extras import execute_values

    if values:
        names = ", ".join(map(quote, columns))
        execute_values(
            cursor,
            f"insert into {quote(warehouse.staging_schema)}.{quote(table)} ({names}) values %s",
            [tuple(row.get(column) for column in columns) for row in values],
            page_size=500,
        )
