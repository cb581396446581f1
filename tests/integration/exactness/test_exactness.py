"""After any sequence of syncs and builds the entities are those of the reference model, to the last column."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import Any, Optional

import dlt
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from qupersync.domain.watermark import Watermark, Window
from qupersync.project import Project
from qupersync.sync.sinks.postgres_copy import CopySink
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.history import History
from tests.support.simulation import BEGIN, KINDS, MINUTE
from tests.support.warehouses import Warehouses

HISTORIES = int(os.environ.get("QUPERSYNC_HISTORIES", "8"))  # of a cluster; `make soak` plays many more
CLUSTERS = 4  # in one warehouse, each with its own syncs
played: list[str] = []

MISSING = ("sys_query_history", "sys_query_detail", "sys_connection_log", "svv_table_info", "stv_partitions")
STOPS: dict[str, tuple[type, str]] = {
    "before the extraction": (dlt.Pipeline, "extract"),
    "rows streamed, nothing normalized": (dlt.Pipeline, "normalize"),
    "normalized, rows not committed": (CopySink, "commit"),
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
            """Let time pass, but less than a view keeps its rows."""
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
            """And back: the state of one must not be taken for that of the other."""
            history = self._pass(minutes)
            history.sync(self.clock, cluster, skew * MINUTE, into=history.elsewhere)

        @rule(minutes=waits, cluster=clusters, view=st.sampled_from(MISSING))
        def sync_while_a_view_is_missing(self, minutes: int, cluster: int, view: str) -> None:
            history = self._pass(minutes)
            if view in history.worlds[cluster].tables:
                history.sync(self.clock, cluster, without=view)

        @rule(minutes=waits, cluster=clusters, view=st.sampled_from(MISSING))
        def sync_while_a_view_is_denied(self, minutes: int, cluster: int, view: str) -> None:
            history = self._pass(minutes)
            if view in history.worlds[cluster].tables:
                history.sync(self.clock, cluster, denied=view)

        @rule(minutes=waits, cluster=clusters, slow=st.sampled_from([20, 40, 300]))
        def sync_that_takes_long(self, minutes: int, cluster: int, slow: int) -> None:
            self._pass(minutes).sync(self.clock, cluster, slow=slow * MINUTE)
            self.clock += slow * MINUTE

        @rule(minutes=waits, cluster=clusters, stop=st.sampled_from(sorted(STOPS)))
        def sync_that_stops_half_way(self, minutes: int, cluster: int, stop: str) -> None:
            self._pass(minutes).sync(self.clock, cluster, stop=STOPS[stop])

        @rule()
        def build(self) -> None:
            assert self.history
            self.history.build()

        def teardown(self) -> None:
            """Sync until everything has happened, the last time on a later day, and compare."""
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


def test_random_histories(
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


def test_wrong_watermark_is_caught(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest start alone as the watermark, the obvious first idea, loses the queries that ended later."""

    def newest_start(watermark: Watermark, at: Any, lookback: timedelta, since: Any = None, **_: Any) -> Window:
        return Window(start=watermark.newest - lookback if watermark.newest else None)

    monkeypatch.setattr("qupersync.sync.view_reader.window", newest_start)
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
