"""Redshift has no advisory locks: LOCK on an empty table keeps first syncs and builds of several machines apart."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from qupersync.checks.warehouses import check_warehouse
from qupersync.cli import build as build_command
from qupersync.errors import WarehouseError
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.emulated_warehouses import Emulator
from tests.support.lock_waits import waits_for
from tests.support.warehouses import execute


@pytest.fixture
def fresh(emulator: Emulator, request: pytest.FixtureRequest) -> Warehouse:
    """An empty database."""
    return emulator.warehouse(f"locks_{request.node.name[:40]}")


def test_first_syncs_go_one_after_the_other(fresh: Warehouse, emulator: Emulator) -> None:
    entered = threading.Event()

    def second() -> None:
        connection = fresh.connect()
        with fresh.first_sync_lock(connection):
            entered.set()
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        connection = fresh.connect()
        with fresh.first_sync_lock(connection):
            waiting = pool.submit(second)
            waits_for(emulator.upstream.url(fresh.database), "first_sync_lock")
            assert not entered.is_set()
        waiting.result()
        assert entered.is_set()
        # Later syncs do not wait for each other.
        execute(fresh, f"create table {fresh.staging_schema}._dlt_pipeline_state (n bigint)")
        with fresh.first_sync_lock(connection):
            pool.submit(second).result()
        connection.close()


@pytest.mark.parametrize("what", ["schema", "table"])
def test_machines_that_create_a_lock_at_once_both_get_it(fresh: Warehouse, emulator: Emulator, what: str) -> None:
    """IF NOT EXISTS does not find what another transaction is creating: it waits for its end, and fails."""
    entered = threading.Event()

    def build() -> None:
        with fresh.build_lock():
            entered.set()

    create_schema = f"create schema {fresh.staging_schema}"
    if what == "table":
        execute(fresh, create_schema)
    other = fresh.connect()
    with ThreadPoolExecutor(1) as pool:
        with other.cursor() as cursor:
            cursor.execute(
                create_schema if what == "schema" else f"create table {fresh.staging_schema}.build_lock (n bigint)"
            )
        building = pool.submit(build)
        waits_for(emulator.upstream.url(fresh.database), "transactionid")
        other.commit()
        building.result()
    other.close()
    assert entered.is_set()


def test_build_waits_for_another_machine_s(
    project: Project, fresh: Warehouse, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Event()
    monkeypatch.setattr(build_command, "dbt", lambda *arguments, **more: begun.set() or 0)
    with ThreadPoolExecutor(1) as pool:
        with fresh.build_lock():
            building = pool.submit(build_command.build, project, fresh.target)
            waits_for(emulator.upstream.url(fresh.database), "build_lock")
            assert not begun.is_set()
        with pytest.raises(WarehouseError, match="before it built anything"):
            building.result()
        assert begun.is_set()


@pytest.mark.parametrize(
    ("isolation", "level"), [("read committed", "Snapshot Isolation"), ("serializable", "Serializable")]
)
def test_check_reports_the_isolation_level(emulator: Emulator, isolation: str, level: str) -> None:
    database = f"isolation_{isolation[:4]}"
    found = check_warehouse(emulator.warehouse(database, session={"default_transaction_isolation": isolation}))
    assert (found.ok, found.isolation, found.to_dict()["isolation"]) == (True, level, level)
