"""Staging stays small and nothing that counts goes with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qupersync.embedded import EmbeddedServer
from qupersync.errors import ConfigurationError
from qupersync.project import Project
from qupersync.prune import ABSORBERS, prune_staging
from qupersync.warehouse import Warehouse

from ..support import ENTITIES, Warehouses, dbt, execute, rows_of
from .simulation import BEGIN, MINUTE
from .test_exactness import QUERIES, VACUUMS, History, empty

__all__ = ["empty"]


def test_a_pruned_history_goes_on_as_if_nothing_were_missing(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse
) -> None:
    history = History(project, warehouses, server, empty, seed=4711)
    clock, end = BEGIN, history.world.last + timedelta(hours=1)
    pruned = 0
    while clock < end:
        clock = min(clock + timedelta(days=2), end)
        for cluster in (0, 1):
            history.sync(clock, cluster)
        history.build()
        # as if eight days had passed: all that may go goes
        pruned += sum(prune_staging(history.warehouse, 8, clock + timedelta(days=8, minutes=-1)).values())
    assert pruned > 100
    for config in history.configs:
        assert execute(history.warehouse, QUERIES, (config.name,)) == history.world.query_history()
        assert execute(history.warehouse, VACUUMS, (config.name,)) == history.world.vacuum_history()
    before = {name: rows_of(history.warehouse, f"qupersync.{name}", without=()) for name in ENTITIES}
    dbt(history.warehouse, "run", "--full-refresh", project=project)
    assert {name: rows_of(history.warehouse, f"qupersync.{name}", without=()) for name in ENTITIES} == before
    dbt(history.warehouse, "run", "--vars", "{rebuild_history: true}", project=project, expect=False)
    assert {name: rows_of(history.warehouse, f"qupersync.{name}", without=()) for name in ENTITIES} == before


def test_unfinished_and_not_yet_absorbed_rows_stay(
    project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse
) -> None:
    history = History(project, warehouses, server, empty, seed=99)
    at = history.world.queries[10].start + MINUTE / 60
    history.sync(at, 0)
    history.build()
    history.sync(at + MINUTE, 0)  # not built
    later = at + timedelta(days=400)
    count = "select count(*) from qupersync_staging.sys_query_history"
    unfinished = execute(history.warehouse, f"{count} where rtrim(status) = 'running'")
    prune_staging(history.warehouse, 8, later)
    assert execute(history.warehouse, f"{count} where rtrim(status) = 'running'") == unfinished
    assert unfinished[0][0] > 0
    pending = "select count(distinct sync_id) from qupersync_staging.sync_runs where synced_at >= %s"
    assert execute(history.warehouse, pending, (at + MINUTE,)) == [(1,)]
    with pytest.raises(ConfigurationError, match="at least 8 days"):
        prune_staging(history.warehouse, 7, later)


def test_the_number_of_models_that_absorb_is_known(project: Project) -> None:
    text = (project.root / "macros" / "syncs.sql").read_text(encoding="utf-8")
    listed = text.split("return([", 1)[1].split("])", 1)[0]
    assert len(listed.split(",")) == ABSORBERS
