"""A simulated history: clusters that are synced and built step by step, then compared with the reference model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Optional

import psycopg2
import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.domain.system_views import SystemView
from qupersync.project import Project
from qupersync.sync.pipeline import pipeline_name, pipelines_dir, sync_cluster
from qupersync.sync.view_reader import ViewReader
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer

from . import reference_costs
from .dbt_runs import dbt
from .reference_model import ReferenceModel, Snapshot
from .simulation import World
from .warehouses import ENTITIES, Warehouses, execute, rows_of

# What each build runs. The views of staging exist from the first build on and do not change.
APPLIED = ("--select", "path:models/bookkeeping", "path:models/entities", "path:models/costs")
COSTS = ("cluster_cost_hourly", "cost_rates_hourly", "cost_by_owner_hourly", "query_cost")

READER = "history_reader"  # the role that reads the clusters: no superuser, who could not be denied anything

QUERIES = """select query_id, start_time, end_time, status, application_name, bytes_scanned, spilled_blocks, error_message,
    transaction_id from qupersync.query_history where cluster_id = %s order by 1, 2"""
VACUUMS = """select xid, table_id, start_time, end_time is not null, status, impacted_blocks, reclaimed_blocks
    from qupersync.vacuum_history where cluster_id = %s order by 1, 2, 3"""


class History:
    """One warehouse and its clusters: two that show the first world, and one for each further world."""

    def __init__(
        self, project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse, seed: int,
        kinds: tuple[str, ...] = ("plain",), worlds: Optional[list[World]] = None,
    ) -> None:  # fmt: skip
        self.project, self.warehouses = project, warehouses
        # The same names each time: dbt need not parse the project again.
        self.warehouse = warehouses.make(template=empty, name="history")
        self.elsewhere = warehouses.make(template=empty, name="history_elsewhere")
        for warehouse in (self.warehouse, self.elsewhere):
            shutil.rmtree(pipelines_dir(self.project, warehouse), ignore_errors=True)
        self.world = World(seed, kinds[0])
        self.worlds = worlds or [self.world, *(World(seed + n, kind) for n, kind in enumerate(kinds))]
        self.configs = []
        self._sources = []
        for n in range(len(self.worlds)):
            name = f"history_world_{n if worlds else max(n - 1, 0)}"
            server.ensure_database(name)
            self._sources.append(psycopg2.connect(server.url(name)))
            with self._sources[n], self._sources[n].cursor() as cursor:
                cursor.execute(
                    "drop schema public cascade; create schema public; grant usage on schema public to public"
                )
                cursor.execute(
                    f"do $$ begin create role {READER} login password 'pw'; "
                    "exception when duplicate_object or unique_violation then null; end $$"
                )
            self.configs.append(
                ClusterConfig(name=f"cluster_{n}", host="127.0.0.1", port=server.port, username=READER, password="pw",
                              database=name, sslmode="disable")
            )  # fmt: skip
        self._taken: list[list[Snapshot]] = [[] for _ in self.worlds]
        self._complete: set[str] = set()  # syncs that reported success

    def sync(
        self, at: datetime, cluster: int, skew: timedelta = timedelta(0), into: Optional[Warehouse] = None,
        without: str = "", denied: str = "", stop: Optional[tuple[type, str]] = None, slow: timedelta = timedelta(0),
    ) -> None:  # fmt: skip
        """Sync the world as it is at a time.

        ``without`` one view or one ``denied``; ``stop`` before a step of the sync; ``slow``: time that passes between the
        reading of the queries and that of their details. ``skew``: of the machine's clock.
        """
        world, source = self.worlds[cluster], self._sources[cluster]
        world.show(source, at, READER, without, denied)
        config, warehouse = self.configs[cluster], into or self.warehouse
        note = pipelines_dir(self.project, warehouse) / f"{pipeline_name(config.name)}.sync.json"
        before = note.read_text(encoding="utf-8") if note.exists() else ""
        if world.step:
            skew = timedelta(0)  # a clock is judged by the other one: both cannot be wrong at once
        if stop:
            with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(*stop, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
                sync_cluster(self.project, warehouse, config, now=at + skew)
        else:
            with pytest.MonkeyPatch.context() as patch:
                if slow:
                    _slow_down(patch, lambda: world.show(source, at + slow, READER, without, denied))
                result = sync_cluster(self.project, warehouse, config, now=at + skew)
            at += slow
            unread = without or denied
            assert [run.view for run in result.failed] == [unread] * bool(unread), [run.error for run in result.failed]
        written = note.read_text(encoding="utf-8")
        # A sync that was stopped while it loaded what another had left never read the cluster: it took no snapshot.
        if not into and written != before:
            stamp = json.loads(written)
            self._taken[cluster].append(
                Snapshot(stamp["sync_id"], datetime.fromisoformat(stamp["synced_at"]), at, tables="svv_table_info" not in (without, denied),
                         nodes=not (without + denied).startswith("stv_"))
            )  # fmt: skip
            if not stop:
                self._complete.add(stamp["sync_id"])

    def snapshots(self, cluster: int) -> list[Snapshot]:
        """Those of the syncs that are in the warehouse: the next sync may have loaded what an interrupted one left."""
        held = {sync for (sync,) in execute(self.warehouse, "select distinct sync_id from qupersync_staging.sync_runs")}
        assert held >= self._complete
        return [taken for taken in self._taken[cluster] if taken.sync_id in held]

    def build(self) -> None:
        """Apply the pending syncs to the entities, and share out the bill."""
        dbt(self.warehouse, "run", *APPLIED, project=self.project)
        lost = execute(self.warehouse, reference_costs.NOT_CONSERVED.format(marts=self.warehouse.marts_schema))
        assert lost == [], "shares that do not add up to the bill"

    def cost_differences(self, cluster: int) -> list[Any]:
        """Hours of cost_rates_hourly that are not the reference model's: the hour, what it is and what it should be."""
        config = self.configs[cluster]
        model = ReferenceModel(config.name, config.database, self.worlds[cluster], self.snapshots(cluster))
        wanted = reference_costs.rates(model)
        names, rows = self.warehouse.fetch(
            f"select cost_hour, usage_us, elapsed_us, busy_us, execution_us, query_count from {self.warehouse.marts_schema}.cost_rates_hourly"
            " where cluster_id = %s", (config.name,),
        )  # fmt: skip
        found = {row[0]: dict(zip(names[1:], row[1:])) for row in rows}
        return [
            (hour, found.get(hour), wanted.get(hour))
            for hour in sorted(found.keys() | wanted.keys())
            if found.get(hour) != wanted.get(hour)
        ]

    def differences(self, cluster: int, entity: str) -> list[Any]:
        """What an entity has of a cluster beside the reference model's rows."""
        config, world = self.configs[cluster], self.worlds[cluster]
        wanted = ReferenceModel(config.name, config.database, world, self.snapshots(cluster)).entities()[entity]
        names, rows = self.warehouse.fetch(f"select * from qupersync.{entity} where cluster_id = %s", (config.name,))
        return differences(entity, [dict(zip(names, row)) for row in rows], wanted)

    def check(self) -> None:
        """The entities and the costs are the reference model's; a rebuild and a full refresh change nothing."""
        for entity in ENTITIES:
            for cluster in range(len(self.configs)):
                assert self.differences(cluster, entity) == [], entity
        for cluster in range(len(self.configs)):
            assert self.cost_differences(cluster) == [], "costs"
        costs = [rows_of(self.warehouse, f"{self.warehouse.marts_schema}.{name}") for name in COSTS]
        fresh = self.warehouses.make(template=self.warehouse, name="history_rebuilt")
        dbt(fresh, "run", *APPLIED, "--vars", "{rebuild_history: true}", project=self.project)
        for name in ENTITIES:
            incremental, rebuilt = (rows_of(w, f"qupersync.{name}") for w in (self.warehouse, fresh))
            assert incremental == rebuilt, name
        # No flag drops history.
        dbt(self.warehouse, "run", *APPLIED, "--full-refresh", project=self.project)
        for name in ENTITIES:
            assert rows_of(self.warehouse, f"qupersync.{name}") == rows_of(fresh, f"qupersync.{name}"), name
        for warehouse in (fresh, self.warehouse):
            rebuilt_costs = [rows_of(warehouse, f"{warehouse.marts_schema}.{name}") for name in COSTS]
            assert rebuilt_costs == costs, "costs"


def _slow_down(patch: pytest.MonkeyPatch, wait: Callable[[], None]) -> None:
    """Let time pass before the details of a view are read."""
    read = ViewReader.read

    def late(self: ViewReader, view: type[SystemView], *arguments: Any) -> Any:
        if view.detail_of:
            wait()
        return read(self, view, *arguments)

    patch.setattr(ViewReader, "read", late)


KEYS = {"query_history": ("query_id", "start_time"), "vacuum_history": ("xid", "table_id", "start_time"),
        "latest_snapshots": ("subject", "database_name"), "serverless_usage_history": ("start_time",),
        "connection_history": ("session_id", "record_time", "event"), "user_history": ("user_id", "snapshot_date")}  # fmt: skip


def differences(entity: str, found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[Any]:
    """Rows that only one side has, and values that differ; every column but the times of sync and build.

    A column that the reference model does not have is one of a view's that the simulation does not show: NULL.
    """
    key = ("cluster_id", *KEYS.get(entity, ("table_id", "node_id", "snapshot_date")))
    sides = [{tuple(row.get(name) for name in key): row for row in rows} for rows in (found, wanted)]
    assert [len(side) for side in sides] == [len(found), len(wanted)], "a key twice"
    reported: list[Any] = []
    for side, other, what in ((sides[0], sides[1], "unexpected"), (sides[1], sides[0], "missing")):
        reported += [(what, row) for row in side if row not in other]
    for row in sides[0].keys() & sides[1].keys():
        here, there = sides[0][row], sides[1][row]
        reported += [
            (row, name, here.get(name, "no such column"), there.get(name, "no such column"))
            for name in here.keys() | there.keys()
            if name not in ("synced_at", "built_at") and (name not in here or here[name] != there.get(name))
        ]
    return reported
