"""After any sequence of syncs and builds the entities are those of an observer who saw every final row."""

from __future__ import annotations

import json
import os
import random
import shutil
from datetime import datetime, timedelta
from typing import Any, Optional

import dlt
import psycopg2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from qupersync.clusters import ClusterConfig
from qupersync.domain import resume
from qupersync.embedded import USER, EmbeddedServer
from qupersync.landing import CopyStream
from qupersync.pipeline import pipeline_name, pipelines_dir, sync_cluster
from qupersync.project import Project
from qupersync.warehouse import Warehouse

from ..support import ENTITIES, MADE, Warehouses, dbt, execute, rows_of
from .observer import Observer, Snapshot
from .simulation import BEGIN, KINDS, MINUTE, World

HISTORIES = int(os.environ.get("QUPERSYNC_HISTORIES", "24"))  # of a cluster; `make soak` plays many more
CLUSTERS = 4  # in one warehouse, each with its own syncs
played: list[str] = []

# The views of staging are there from the first build, and do not change.
KEPT = ("--select", "pending_syncs", "path:models/entities")

QUERIES = """select query_id, start_time, end_time, status, application_name, bytes_scanned, spilled_blocks, error_message,
    transaction_id from qupersync.query_history where cluster_id = %s order by 1, 2"""
VACUUMS = """select xid, table_id, start_time, end_time is not null, status, impacted_blocks, reclaimed_blocks
    from qupersync.vacuum_history where cluster_id = %s order by 1, 2, 3"""


class History:
    """One warehouse and its clusters: two that show the first world, and one for each further world."""

    def __init__(
        self, project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse, seed: int,
        kinds: tuple[str, ...] = ("plain",),
    ) -> None:  # fmt: skip
        self.project, self.warehouses = project, warehouses
        # The same names each time: dbt need not parse the project again.
        self.warehouse = warehouses.make(template=empty, name="history")
        self.elsewhere = warehouses.make(template=empty, name="history_elsewhere")
        for warehouse in (self.warehouse, self.elsewhere):
            shutil.rmtree(pipelines_dir(self.project, warehouse), ignore_errors=True)
        self.world = World(seed, kinds[0])
        self.worlds = [self.world, *(World(seed + n, kind) for n, kind in enumerate(kinds))]
        self.configs = []
        self._sources = []
        for n in range(len(self.worlds)):
            name = f"history_world_{max(n - 1, 0)}"
            server.ensure_database(name)
            self._sources.append(psycopg2.connect(server.url(name)))
            with self._sources[n], self._sources[n].cursor() as cursor:
                cursor.execute("drop schema public cascade; create schema public")
            self.configs.append(
                ClusterConfig(name=f"cluster_{n}", host="127.0.0.1", port=server.port, username=USER,
                              password=server.password, database=name, sslmode="disable")
            )  # fmt: skip
        self._taken: list[list[Snapshot]] = [[] for _ in self.worlds]
        self._complete: set[str] = set()  # syncs that told so themselves

    def sync(
        self, at: datetime, cluster: int, skew: timedelta = timedelta(0), into: Optional[Warehouse] = None,
        without: str = "", stop: Optional[tuple[type, str]] = None,
    ) -> None:  # fmt: skip
        """Sync the world as it is at a time; ``without`` one view, or ``stop`` before a step of the sync."""
        self.worlds[cluster].show(self._sources[cluster], at, without)
        config, warehouse = self.configs[cluster], into or self.warehouse
        if stop:
            with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
                patch.setattr(*stop, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
                sync_cluster(self.project, warehouse, config, now=at + skew)
        else:
            result = sync_cluster(self.project, warehouse, config, now=at + skew)
            assert [run.view for run in result.failed] == [without] * bool(without), [
                run.error for run in result.failed
            ]
        if not into:
            note = pipelines_dir(self.project, warehouse) / f"{pipeline_name(config.name)}.sync.json"
            stamp = json.loads(note.read_text(encoding="utf-8"))
            self._taken[cluster].append(
                Snapshot(stamp["sync_id"], datetime.fromisoformat(stamp["synced_at"]), at, tables=without != "svv_table_info",
                         nodes=not without.startswith("stv_"))
            )  # fmt: skip
            if not stop:
                self._complete.add(stamp["sync_id"])

    def snapshots(self, cluster: int) -> list[Snapshot]:
        """Those of the syncs that are in the warehouse: one that was stopped half-way may have been taken up."""
        held = {sync for (sync,) in execute(self.warehouse, "select distinct sync_id from qupersync_staging.sync_runs")}
        assert held >= self._complete
        return [taken for taken in self._taken[cluster] if taken.sync_id in held]

    def build(self) -> None:
        dbt(self.warehouse, "run", *KEPT, project=self.project, parse_once=True)

    def check(self) -> None:
        observers = [
            Observer(config.name, config.database, world, self.snapshots(n))
            for n, (config, world) in enumerate(zip(self.configs, self.worlds))
        ]
        told = [observer.entities() for observer in observers]
        for entity in ENTITIES:
            wanted = [row for entities in told for row in entities[entity]]
            names, rows = self.warehouse.fetch(f"select * from qupersync.{entity}")
            assert differences(entity, [dict(zip(names, row)) for row in rows], wanted) == [], entity
        fresh = self.warehouses.make(template=self.warehouse, name="history_rebuilt")
        dbt(fresh, "run", *KEPT, "--vars", "{rebuild_history: true}", project=self.project, parse_once=True)
        for name in ENTITIES:
            incremental, rebuilt = (rows_of(w, f"qupersync.{name}") for w in (self.warehouse, fresh))
            assert incremental == rebuilt, name
        # No flag drops history.
        dbt(self.warehouse, "run", *KEPT, "--full-refresh", project=self.project, parse_once=True)
        for name in ENTITIES:
            assert rows_of(self.warehouse, f"qupersync.{name}") == rows_of(fresh, f"qupersync.{name}"), name


KEYS = {"query_history": ("query_id", "start_time"), "vacuum_history": ("xid", "table_id", "start_time"),
        "latest_snapshots": ("subject", "database_name"), "serverless_usage_history": ("start_time",)}  # fmt: skip


def differences(entity: str, found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[Any]:
    """Rows that only one side has, and values that differ; every column but the times of sync and build."""
    key = ("cluster_id", *KEYS.get(entity, ("table_id", "node_id", "snapshot_date")))
    sides = [{tuple(row.get(name) for name in key): row for row in rows} for rows in (found, wanted)]
    assert [len(side) for side in sides] == [len(found), len(wanted)], "a key twice"
    told: list[Any] = []
    for side, other, what in ((sides[0], sides[1], "too much"), (sides[1], sides[0], "missing")):
        told += [(what, row) for row in side if row not in other]
    for row in sides[0].keys() & sides[1].keys():
        here, there = sides[0][row], sides[1][row]
        told += [
            (row, name, here.get(name, "no such column"), there.get(name, "no such column"))
            for name in here.keys() | there.keys()
            if name not in ("synced_at", "built_at")
            and (name not in here or name not in there or here[name] != there[name])
        ]
    return told


@pytest.fixture(scope="module")
def empty(project: Project, warehouses: Warehouses) -> Warehouse:
    """A warehouse with the seed loaded and nothing in it."""
    made = warehouses.make()
    dbt(made, *MADE, project=project)
    return made


MISSING = ("sys_query_history", "sys_query_detail", "sys_connection_log", "svv_table_info", "stv_partitions")
STOPS: dict[str, tuple[type, str]] = {
    "before the extraction": (dlt.Pipeline, "extract"),
    "rows streamed, nothing normalized": (dlt.Pipeline, "normalize"),
    "normalized, rows not committed": (CopyStream, "commit"),
    "rows committed, not loaded": (dlt.Pipeline, "load"),
}
waits = st.sampled_from([1, 6, 14, 60, 600, 3000, 9000])  # minutes
clusters = st.integers(0, CLUSTERS - 1)
skews = st.sampled_from([0, 0, -40, 90])  # of the machine's clock, minutes


def machine(project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse) -> Any:
    """The state machine: what may happen to four clusters and their warehouse."""

    class Machine(RuleBasedStateMachine):
        history: Optional[History] = None

        @initialize(seed=st.integers(0, 10**6), kinds=st.permutations(KINDS))
        def begin(self, seed: int, kinds: list[str]) -> None:
            self.history = History(project, warehouses, server, empty, seed, tuple(kinds))
            self.read = [BEGIN for _ in self.history.configs]
            self.clock = BEGIN
            self.what = f"{seed} {kinds}"

        def _pass(self, minutes: int) -> History:
            """Let time pass, never so much that a view forgets what it was not asked for."""
            assert self.history
            latest = min(self.read) + timedelta(days=3)
            self.clock = max(self.clock, min(self.clock + minutes * MINUTE, latest))
            return self.history

        @rule(minutes=waits, cluster=clusters, skew=skews)
        def sync(self, minutes: int, cluster: int, skew: int) -> None:
            self._pass(minutes).sync(self.clock, cluster, skew * MINUTE)
            self.read[cluster] = self.clock

        @rule(minutes=waits, cluster=clusters, skew=skews)
        def sync_and_build(self, minutes: int, cluster: int, skew: int) -> None:
            self.sync(minutes, cluster, skew)
            assert self.history
            self.history.build()

        @rule(minutes=waits, cluster=clusters, skew=skews)
        def sync_into_another_warehouse(self, minutes: int, cluster: int, skew: int) -> None:
            """And back: what it knows then must not be taken for what the first one has."""
            history = self._pass(minutes)
            history.sync(self.clock, cluster, skew * MINUTE, into=history.elsewhere)

        @rule(minutes=waits, cluster=clusters, view=st.sampled_from(MISSING))
        def sync_while_a_view_is_missing(self, minutes: int, cluster: int, view: str) -> None:
            history = self._pass(minutes)
            if view in history.worlds[cluster].tables:
                history.sync(self.clock, cluster, without=view)

        @rule(minutes=waits, cluster=clusters, stop=st.sampled_from(sorted(STOPS)))
        def sync_that_stops_half_way(self, minutes: int, cluster: int, stop: str) -> None:
            self._pass(minutes).sync(self.clock, cluster, stop=STOPS[stop])

        @rule()
        def build(self) -> None:
            assert self.history
            self.history.build()

        def teardown(self) -> None:
            """Read until everything has happened, on a day of its own, and compare."""
            history = self.history
            if history is None:
                return
            settled = max(*(world.last for world in history.worlds), self.clock) + timedelta(days=1)
            end = settled.replace(hour=1, minute=0)
            while True:
                self.clock = min(self.clock + timedelta(days=3), end)
                for cluster in range(len(history.configs)):
                    history.sync(self.clock, cluster)
                if self.clock == end:
                    break
            history.build()
            history.check()
            played.extend([self.what] * CLUSTERS)

    return Machine


def test_any_history_is_kept_exactly(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    chosen = settings(
        max_examples=-(-HISTORIES // CLUSTERS), stateful_step_count=12, deadline=None, database=None,
        derandomize=HISTORIES < 100, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine(project, warehouses, server, empty), settings=chosen)
    assert len(played) >= HISTORIES
    with capsys.disabled():
        print(f"\n  {len(played)} random histories of clusters, {CLUSTERS} to a warehouse: 0 differences")


def test_a_wrong_resume_point_is_caught(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest start as the resume point, as one would write it first, loses what ended later."""

    def newest_start(point: resume.ResumePoint, margin: timedelta, since: Any = None, **_: Any) -> resume.Window:
        return resume.Window(start=point.seen - margin if point.seen else None)

    monkeypatch.setattr("qupersync.source.window", newest_start)
    history = History(project, warehouses, server, empty, random.Random(1).randint(0, 10**6), ("provisioned",))
    clock = BEGIN
    for minutes, cluster in ((600, 0), (600, 1), (60, 0)):
        clock += minutes * MINUTE
        history.sync(clock, cluster)
        history.build()
    while clock < history.world.last + timedelta(hours=1):
        clock += timedelta(days=2)
        for cluster in (0, 1):
            history.sync(clock, cluster)
    history.build()
    with pytest.raises(AssertionError, match="query_history"):
        history.check()
