"""After any sequence of syncs and builds the entities are those of an observer who saw every final row."""

from __future__ import annotations

import os
import random
import shutil
from datetime import datetime, timedelta
from typing import Any, Optional

import psycopg2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qupersync.clusters import ClusterConfig
from qupersync.domain import resume
from qupersync.embedded import USER, EmbeddedServer
from qupersync.pipeline import pipelines_dir, sync_cluster
from qupersync.project import Project
from qupersync.warehouse import Warehouse

from ..support import ENTITIES, MADE, Warehouses, dbt, execute, rows_of
from .simulation import BEGIN, MINUTE, World

Step = tuple[int, int, int, str]
HISTORIES = int(os.environ.get("QUPERSYNC_HISTORIES", "24"))  # of a cluster; `make soak` plays many more
CLUSTERS = 4  # in one warehouse, each with its own syncs
played: list[int] = []

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
        clusters: int = 2,
    ) -> None:  # fmt: skip
        self.project, self.warehouses = project, warehouses
        # The same names each time: dbt need not parse the project again.
        self.warehouse = warehouses.make(template=empty, name="history")
        self.elsewhere = warehouses.make(template=empty, name="history_elsewhere")
        for warehouse in (self.warehouse, self.elsewhere):
            shutil.rmtree(pipelines_dir(self.project, warehouse), ignore_errors=True)
        self.world = World(seed)
        self.worlds = [self.world, *(World(seed + n) for n in range(clusters - 1))]
        self.configs = []
        self._sources = []
        for n in range(clusters):
            name = f"history_world_{max(n - 1, 0)}"
            server.ensure_database(name)
            self._sources.append(psycopg2.connect(server.url(name)))
            self.configs.append(
                ClusterConfig(name=f"cluster_{n}", host="127.0.0.1", port=server.port, username=USER,
                              password=server.password, database=name, sslmode="disable")
            )  # fmt: skip

    def sync(
        self, at: datetime, cluster: int, skew: timedelta = timedelta(0), into: Optional[Warehouse] = None
    ) -> None:
        self.worlds[cluster].show(self._sources[cluster], at)
        result = sync_cluster(self.project, into or self.warehouse, self.configs[cluster], now=at + skew)
        assert not result.failed, [run.error for run in result.failed]

    def build(self) -> None:
        dbt(self.warehouse, "run", *KEPT, project=self.project, parse_once=True)

    def check(self) -> None:
        for config, world in zip(self.configs, self.worlds):
            assert execute(self.warehouse, QUERIES, (config.name,)) == world.query_history()
            assert execute(self.warehouse, VACUUMS, (config.name,)) == world.vacuum_history()
        fresh = self.warehouses.make(template=self.warehouse, name="history_rebuilt")
        dbt(fresh, "run", *KEPT, "--vars", "{rebuild_history: true}", project=self.project, parse_once=True)
        for name in ENTITIES:
            incremental, rebuilt = (rows_of(w, f"qupersync.{name}") for w in (self.warehouse, fresh))
            assert incremental == rebuilt, name


@pytest.fixture(scope="module")
def empty(project: Project, warehouses: Warehouses) -> Warehouse:
    """A warehouse with the seed loaded and nothing in it."""
    made = warehouses.make()
    dbt(made, *MADE, project=project)
    return made


@st.composite
def schedules(draw: Any) -> list[Step]:
    """Steps of (minutes to pass, cluster, skew of the machine's clock in minutes, what happens besides)."""
    step = st.tuples(
        st.sampled_from([1, 6, 14, 60, 600, 3000, 9000]),
        st.integers(0, CLUSTERS - 1),
        st.sampled_from([0, 0, -40, 90]),
        st.sampled_from(["build", "nothing", "build", "nothing", "into another warehouse"]),
    )
    return draw(st.lists(step, min_size=CLUSTERS, max_size=3 * CLUSTERS))  # type: ignore[no-any-return]


def play(history: History, schedule: list[Step]) -> None:
    """Sync as scheduled, but never later than the views keep their rows; then once more at the end."""
    read = [BEGIN for _ in history.configs]
    clock = BEGIN
    for minutes, cluster, skew, besides in schedule:
        clock = max(clock, min(clock + minutes * MINUTE, min(read) + timedelta(days=3)))
        if besides == "into another warehouse":  # and back: what it knows must not be taken for what the first one has
            history.sync(clock, cluster, skew * MINUTE, into=history.elsewhere)
            continue
        history.sync(clock, cluster, skew * MINUTE)
        read[cluster] = clock
        if besides == "build":
            history.build()
    end = max(*(world.last + timedelta(hours=1) for world in history.worlds), clock)
    while True:
        clock = min(clock + timedelta(days=3), end)
        for cluster in range(len(history.configs)):
            history.sync(clock, cluster)
        if clock == end:
            break
    history.build()


@settings(
    max_examples=-(-HISTORIES // CLUSTERS), deadline=None, database=None, derandomize=HISTORIES < 100,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(seed=st.integers(0, 10**6), schedule=schedules())
def test_any_history_is_kept_exactly(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse, seed: int,
    schedule: list[Step],
) -> None:  # fmt: skip
    history = History(project, warehouses, server, empty, seed, CLUSTERS)
    play(history, schedule)
    history.check()
    played.extend([seed] * CLUSTERS)


def test_the_histories_were_as_many_as_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
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
    history = History(project, warehouses, server, empty, random.Random(1).randint(0, 10**6))
    play(history, [(600, 0, 0, "build"), (600, 1, 0, "build"), (60, 0, 0, "nothing")])
    with pytest.raises(AssertionError):
        history.check()
