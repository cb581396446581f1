"""Pruning: staging stays small and no row that still matters is deleted."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg2
import pytest

from qupersync.config.dbt_project import APPLIES_SYNCS, models_with_meta
from qupersync.errors import ConfigurationError, WarehouseError
from qupersync.project import Project
from qupersync.warehouse import prune as prune_module
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.prune import prune_staging
from qupersync.warehouse.server import EmbeddedServer
from tests.support.dbt_runs import dbt
from tests.support.history import QUERIES, VACUUMS, History
from tests.support.simulation import BEGIN, MINUTE
from tests.support.staged_rows import stage
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


DAY = timedelta(days=1)
APPLY = ("run", "--select", "path:models/bookkeeping", "path:models/entities")


def automatic_run(start: datetime) -> dict[str, object]:
    """A run of Serverless without a transaction: its key is table and start."""
    return {
        "table_id": 5, "table_name": "t", "schema_name": "s", "database_name": "d", "vacuum_type": "Delete", "status": "Finished",
        "is_automatic": True, "start_time": start, "end_time": start + MINUTE, "record_time": start + MINUTE,
    }  # fmt: skip


@pytest.fixture(scope="module")
def applied(project: Project, warehouses: Warehouses, empty: Warehouse) -> Warehouse:
    """A warehouse with two applied syncs, and a run in the first of them that has no transaction."""
    made = warehouses.make(template=empty)
    stage(made, {"sys_vacuum_history": [automatic_run(BEGIN)]}, "s1", BEGIN + DAY)
    stage(made, {"sys_vacuum_history": []}, "s2", BEGIN + 2 * DAY)
    dbt(made, *APPLY, project=project)
    return made


def prune(project: Project, warehouse: Warehouse, now: datetime) -> dict[str, int]:
    return prune_staging(warehouse, models_with_meta(project, APPLIES_SYNCS), 8, now)


def test_runs_without_a_transaction_outlive_their_staged_rows(
    project: Project, warehouses: Warehouses, applied: Warehouse
) -> None:
    """A new run of a table must not replace its other runs, which staging does not hold any longer."""
    warehouse, later = warehouses.make(template=applied), BEGIN + 20 * DAY
    assert prune(project, warehouse, later)["sys_vacuum_history"] == 1
    stage(warehouse, {"sys_vacuum_history": [automatic_run(later)]}, "s3", later + DAY)
    dbt(warehouse, *APPLY, project=project)
    assert execute(
        warehouse, "select xid, table_id, start_time, status from qupersync.vacuum_history order by start_time"
    ) == [
        (0, 5, BEGIN, "Finished"),
        (0, 5, later, "Finished"),
    ]


def test_prune_does_not_conflict_with_a_model(project: Project, warehouses: Warehouses, applied: Warehouse) -> None:
    """A model reads staging and writes its entity. Prune must not read the entity where it deletes from staging."""
    warehouse = warehouses.make(template=applied)
    execute(warehouse, f"alter database {warehouse.database} set default_transaction_isolation = 'serializable'")
    model = warehouse.connect()
    with model.cursor() as cursor:
        cursor.execute("select count(*) from qupersync_staging.sys_vacuum_history")
        cursor.execute("update qupersync.vacuum_history set synced_at = synced_at")
        assert cursor.rowcount == 1
        assert prune(project, warehouse, BEGIN + 20 * DAY)["sys_vacuum_history"] == 1
    model.commit()  # else "could not serialize access"
    model.close()


def test_prune_tries_again_where_another_transaction_conflicts(
    project: Project, warehouses: Warehouses, applied: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, real, attempts = warehouses.make(template=applied), prune_module._delete, []
    monkeypatch.setattr(prune_module, "_PAUSE", 0)

    def conflicting(cursor: object, staging: str) -> dict[str, int]:
        attempts.append(staging)
        deleted = real(cursor, staging)
        if len(attempts) < 3:
            raise psycopg2.errors.SerializationFailure("could not serialize access")
        return deleted

    monkeypatch.setattr(prune_module, "_delete", conflicting)
    assert prune(project, warehouse, BEGIN + 20 * DAY)["sys_vacuum_history"] == 1
    assert len(attempts) == 3
    monkeypatch.setattr(prune_module, "ATTEMPTS", 2)
    attempts.clear()
    with pytest.raises(WarehouseError, match="could not be pruned"):
        prune(project, warehouse, BEGIN + 20 * DAY)
