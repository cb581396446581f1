"""A fault at each statement of an incremental build, and of prune; a normal run afterwards must leave what an
undisturbed one does.

A build is looked at model by model. After a fault in a model the warehouse must be as it was before the model, or as it is
after it: a build continues from either as if nothing had happened. How a build continues without the failed model, and how the
next one catches up, is tested once for each model.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qupersync.clock import utc_now
from qupersync.config.dbt_project import APPLIES_SYNCS, models_with_meta
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.prune import prune_staging
from tests.support.dbt_runs import dbt, invoke
from tests.support.emulated_warehouses import Emulator, errors_of
from tests.support.emulator.faults import FAULTS, Fault, Statement
from tests.support.emulator.pairs import ALL_PAIRS, pairs
from tests.support.emulator.states import State, state_of
from tests.support.warehouses import TABLES

pytestmark = pytest.mark.strict

STARTED, WORKING = "faults_started", "faults"  # databases: with an increment to build, and where faults happen
MODELS = (*TABLES, "query_spill")  # and a view
TRIED = MODELS if ALL_PAIRS else ("absorbed_syncs", "query_history", "vacuum_history")
CONTINUED = MODELS if ALL_PAIRS else ("query_history",)


@dataclass
class Faulty:
    """A warehouse that is restored to an earlier state, built, and looked at."""

    project: Project
    emulator: Emulator
    warehouse: Warehouse

    def build(self, *select: str) -> dict[str, str]:
        """Run dbt, of some models only; the errors by model."""
        folder = Path(os.environ["DBT_TARGET_PATH"], self.warehouse.target)
        chosen = ["--select", *select] if select else []
        outcome = invoke(self.warehouse, "run", *chosen, "--no-write-json", project=self.project, folder=folder)
        results = [
            {"node": result.node.unique_id, "status": str(result.status), "message": result.message}
            for result in getattr(outcome.result, "results", None) or []
        ]
        return errors_of(results) or ({} if outcome.success else {"dbt": str(outcome.exception)})

    def state(self) -> State:
        """The state of the database."""
        return state_of(self.emulator.upstream.url(WORKING))

    def restore(self, database: str) -> None:
        """Go back to the state that a database holds."""
        self.emulator.copy(database, WORKING)

    def keep(self, database: str) -> None:
        """Hold this state in a database."""
        self.emulator.copy(WORKING, database)

    def record(self, run: Callable[[], Any]) -> list[Statement]:
        """The statements of a run."""
        with self.emulator.proxy.faults.record() as statements:
            run()
        return list(statements)

    def disturb(self, run: Callable[[], Any], statement: Statement, fault: Fault) -> None:
        """A run in which a statement of the recorded run gets a fault."""
        with self.emulator.proxy.faults.arm(statement.number, fault):
            run()
        injected = self.emulator.proxy.faults.injected
        assert injected, f"the run ended before statement {statement.number}: {statement.kind[:200]}"
        assert injected.kind == statement.kind  # the run repeats the recorded one up to here


@pytest.fixture(scope="module")
def faulty(project: Project, emulator: Emulator, cluster: DemoCluster) -> Faulty:
    """A warehouse with history and an increment that is synced, not built; and, in its database, that state."""
    made = Faulty(project, emulator, emulator.warehouse(WORKING, threads=1))
    dbt(made.warehouse, "seed", project=project)
    now = utc_now()
    for ago in (2, 1, 0):
        cluster.show(now - timedelta(days=ago))
        assert not sync_cluster(project, made.warehouse, cluster.config, now=now - timedelta(days=ago)).failed
        if ago:
            assert made.build() == {}
    made.keep(STARTED)
    return made


@pytest.fixture(scope="module")
def built(faulty: Faulty) -> State:
    """What an undisturbed build of the increment leaves."""
    faulty.restore(STARTED)
    assert faulty.build() == {}
    return faulty.state()


def of_model(statements: list[Statement], model: str) -> list[Statement]:
    """The statements of a model: from the first of its session to its last. Those of dbt's start-up are not among them."""
    sessions = {statement.session for statement in statements if statement.node.endswith(f".{model}")}
    assert sessions, f"no statement of {model}"
    return [statement for statement in statements if statement.session in sessions]


@pytest.mark.parametrize("model", TRIED)
def test_fault_in_a_model(faulty: Faulty, built: State, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    faulty.restore(STARTED)
    if MODELS.index(model):
        assert faulty.build(*MODELS[: MODELS.index(model)]) == {}
    before, kept = faulty.state(), f"faults_{model}"[:60]
    faulty.keep(kept)
    statements = of_model(faulty.record(lambda: faulty.build(model)), model)
    after, wrong, tried, restored = faulty.state(), [], 0, False
    faulty.restore(kept)
    for statement, fault in pairs(statements):
        faulty.disturb(lambda: faulty.build(model), statement, fault)
        left, tried = faulty.state(), tried + 1
        if left in (before, after):
            restored = left == before
        else:
            faulty.build()  # a normal build may still repair it
            restored = False
            if changed := faulty.state().differences(built):
                wrong.append((statement.number, statement.kind[:100], fault.name, changed))
        if not restored:
            faulty.restore(kept)
    with capsys.disabled():
        print(f"\n  {model}: {len(statements)} statements, {tried} faults, {len(wrong)} differences")
    assert wrong == []


@pytest.mark.parametrize("model", CONTINUED)
def test_build_after_a_failed_model(faulty: Faulty, built: State, model: str) -> None:
    faulty.restore(STARTED)
    statements = faulty.record(faulty.build)
    faulty.restore(STARTED)
    own = [statement for statement in statements if statement.node.endswith(f".{model}")]
    faulty.disturb(faulty.build, own[len(own) // 2], FAULTS[3])  # cancelled: no adapter tries again
    assert faulty.build() == {}
    # The list of what is left to apply is empty when the failed build has applied it.
    pending = f"{faulty.warehouse.staging_schema}.pending_syncs"
    assert set(faulty.state().differences(built)) <= {pending}


def test_fault_while_dbt_starts(faulty: Faulty) -> None:
    faulty.restore(STARTED)
    before, model = faulty.state(), "absorbed_syncs"
    statements = faulty.record(lambda: faulty.build(model))
    own = of_model(statements, model)
    faulty.restore(STARTED)
    tried = pairs([one for one in statements if one not in own])
    for statement, fault in itertools.islice(tried, 0, None, 1 if ALL_PAIRS else 8):
        faulty.disturb(lambda: faulty.build(model), statement, fault)
        assert faulty.state().differences(before) == [], (statement.kind, fault.name)


def test_fault_in_prune(faulty: Faulty, built: State) -> None:
    faulty.restore(STARTED)
    assert faulty.build() == {}
    models, now = models_with_meta(faulty.project, APPLIES_SYNCS), utc_now() + timedelta(days=30)
    faulty.keep("faults_built")

    def prune() -> None:
        with contextlib.suppress(Exception):
            prune_staging(faulty.warehouse, models, 8, now)

    # Rows of the ledger that newer ones supersede go first, in a transaction of their own.
    assert set(prune_staging(faulty.warehouse, models, 10_000, now).values()) == {0}
    compacted = faulty.state()
    assert compacted.differences(built) == [f"{faulty.warehouse.staging_schema}.absorbed_syncs"]
    faulty.restore("faults_built")
    statements, after = faulty.record(prune), faulty.state()
    assert after.differences(compacted)
    faulty.restore("faults_built")
    for statement, fault in pairs(statements):
        faulty.disturb(prune, statement, fault)
        left = faulty.state()
        assert left in (built, compacted, after), (statement.kind, fault.name, left.differences(built))
        if left != built:
            faulty.restore("faults_built")
    prune()
    assert faulty.state() == after
