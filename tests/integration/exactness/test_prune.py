"""Pruning: staging stays small and no row that still matters is deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qupersync.config.dbt_project import APPLIES_SYNCS, models_with_meta
from qupersync.errors import ConfigurationError
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.prune import prune_staging
from qupersync.warehouse.server import EmbeddedServer
from tests.support.dbt_runs import dbt
from tests.support.history import QUERIES, VACUUMS, History
from tests.support.simulation import BEGIN, MINUTE
from tests.support.warehouses import ENTITIES, Warehouses, execute, rows_of


def test_pruned_history_continues_unchanged(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse
) -> None:
    history = History(project, warehouses, server, empty, seed=4711)
    models = models_with_meta(project, APPLIES_SYNCS)
    clock, end = BEGIN, history.world.last + timedelta(hours=1)
    pruned = 0
    while clock < end:
        clock = min(clock + timedelta(days=2), end)
        for cluster in (0, 1):
            history.sync(clock, cluster)
        history.build()
        # as if eight days had passed: everything that may be deleted is
        pruned += sum(prune_staging(history.warehouse, models, 8, clock + timedelta(days=8, minutes=-1)).values())
    assert pruned > 100
    for config in history.configs:
        assert execute(history.warehouse, QUERIES, (config.name,)) == history.world.query_history()
        assert execute(history.warehouse, VACUUMS, (config.name,)) == history.world.vacuum_history()
    before = {name: rows_of(history.warehouse, f"qupersync.{name}", without=()) for name in ENTITIES}
    dbt(history.warehouse, "run", "--full-refresh", project=project)
    assert {name: rows_of(history.warehouse, f"qupersync.{name}", without=()) for name in ENTITIES} == before
    dbt(history.warehouse, "run", "--vars", "{rebuild_history: true}", project=project, expect=False)
    assert {name: rows_of(history.warehouse, f"qupersync.{name}", without=()) for name in ENTITIES} == before


def test_unfinished_and_pending_rows_stay(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse
) -> None:
    history, models = History(project, warehouses, server, empty, seed=99), models_with_meta(project, APPLIES_SYNCS)
    at = history.world.queries[10].start + MINUTE / 60
    history.sync(at, 0)
    history.build()
    history.sync(at + MINUTE, 0)  # not built
    later = at + timedelta(days=400)
    count = "select count(*) from qupersync_staging.sys_query_history"
    unfinished = execute(history.warehouse, f"{count} where rtrim(status) = 'running'")
    prune_staging(history.warehouse, models, 8, later)
    assert execute(history.warehouse, f"{count} where rtrim(status) = 'running'") == unfinished
    assert unfinished[0][0] > 0
    pending = "select count(distinct sync_id) from qupersync_staging.sync_runs where synced_at >= %s"
    assert execute(history.warehouse, pending, (at + MINUTE,)) == [(1,)]
    with pytest.raises(ConfigurationError, match="at least 8 days"):
        prune_staging(history.warehouse, models, 7, later)


def test_models_that_apply_syncs_are_those_of_the_ledger(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse
) -> None:
    """A model without the meta would be pruned away from; one with it and no ledger row would stop all pruning."""
    history = History(project, warehouses, server, empty, seed=7)
    history.sync(BEGIN + timedelta(days=1), 0)
    history.build()
    ledger = execute(history.warehouse, "select distinct entity from qupersync_staging.absorbed_syncs order by 1")
    assert [name for (name,) in ledger] == sorted(models_with_meta(project, APPLIES_SYNCS))
    assert len(ledger) > 4
