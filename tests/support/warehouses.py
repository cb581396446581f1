"""Warehouses for tests, each a database of the test server, and whole tables of them to compare."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import psycopg2
import yaml

from qupersync.config.profiles import Target
from qupersync.project import Project
from qupersync.sql import quote
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.open import warehouse_of
from qupersync.warehouse.server import USER, EmbeddedServer

# Everything that people read and that two builds of the same syncs must agree on.
ENTITIES = (
    "query_history",
    "table_stats",
    "table_stats_history",
    "vacuum_history",
    "node_details",
    "node_details_history",
    "latest_snapshots",
    "serverless_usage_history",
    "connection_history",
    "user_history",
)
MARTS = (
    "query_spill",
    "query_performance_daily",
    "query_performance_hourly",
    "queue_concurrency_hourly",
    "dbt_node_runs",
    "dbt_invocations",
    "dbt_nodes_daily",
    "query_patterns",
    "query_patterns_daily",
    "query_errors_daily",
    "query_pattern_times_daily",
    "table_health",
    "table_growth",
    "cluster_cost_daily",
    "cluster_cost_hourly",
    "cost_rates_hourly",
    "cost_by_owner_daily",
    "cost_by_owner_hourly",
    "query_cost",
    "storage_cost_daily",
    "vacuum_effectiveness",
    "node_storage",
    "findings_now",
    "unfinished_queries",
    "time_spine_daily",
)  # not sync_gaps, new_query_errors and query_regressions, which are rightly empty; not findings_history and findings, which
# record when they were built

# Every model that is more than a view, in an order in which they can be built: what a fault may leave half done.
TABLES = (
    "absorbed_syncs", "pending_syncs", "latest_snapshots", "query_history", "table_stats_history",
    "serverless_usage_history", "node_details_history", "connection_history", "user_history", "vacuum_history",
    "table_stats", "node_details", "query_performance_hourly", "query_performance_daily", "queue_concurrency_hourly",
    "query_patterns_daily", "query_pattern_times_daily", "query_errors_daily", "dbt_node_runs", "query_regressions",
    "carried_executions", "executed_hours", "executed_hours_by_owner", "billed_hours", "findings_history",
)  # fmt: skip


@dataclass
class Warehouses:
    """Makes databases of the test server into warehouses, each a target of one profile."""

    project: Project
    server: EmbeddedServer
    home: Path
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def make(self, template: Optional[Warehouse] = None, name: str = "", **settings: Any) -> Warehouse:
        """A new warehouse, empty or a copy of ``template``; replaces one of the same ``name``."""
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
        """Add a target to the profile; the warehouse it describes."""
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
        return warehouse_of(Target(target, self.outputs[target]["type"], self.outputs[target]))


def rows_of(warehouse: Warehouse, relation: str, without: tuple[str, ...] = ("built_at",)) -> list[tuple[Any, ...]]:
    """All rows of `schema.table` in a fixed order, ``without`` some columns."""
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


def forget_the_disk(url: str) -> None:
    """Let a server write without waiting for the disk. Tests kill processes; no machine loses its power."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                cursor.execute(f"alter system set {setting} = off")
            cursor.execute("select pg_reload_conf()")
    finally:
        connection.close()
