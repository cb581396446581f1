"""Redshift has no advisory locks: LOCK on an empty table keeps first syncs and builds of several machines apart."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

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


def test_machines_that_create_a_lock_at_once_all_get_it(fresh: Warehouse) -> None:
    """IF NOT EXISTS does not wait for a table that another transaction is creating: it fails."""
    together = threading.Barrier(6)

    def build(number: int) -> int:
        together.wait()
        with fresh.build_lock():
            return number

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(build, range(6))) == list(range(6))
