"""Redshift as the warehouse, on the emulator: real dbt-redshift, real dlt, and the same rows as on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.contracts import broken_contracts, broken_metrics
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.emulated_warehouses import Emulator, differences, errors_of, sync_and_build
from tests.support.warehouses import Warehouses, execute


@pytest.fixture(scope="module")
def redshift(emulator: Emulator) -> Warehouse:
    return emulator.warehouse("dev", threads=1)


def test_builds_docs_and_freshness_as_on_postgres(
    project: Project, warehouses: Warehouses, emulator: Emulator, redshift: Warehouse, cluster: DemoCluster,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    postgres, before = warehouses.make(), len(emulator.rejected)
    sync_and_build(project, cluster, postgres, redshift, builds=2)
    assert differences(redshift, postgres) == {}
    assert broken_contracts(project, redshift) == {}
    assert broken_metrics(project, redshift) == {}
    dbt(redshift, "docs", "generate", project=project)
    dbt(redshift, "source", "freshness", project=project)
    assert emulator.rejected[before:] == []
    assert emulator.proxy.statements > 500
    with capsys.disabled():
        print(f"\n  Redshift emulator: {emulator.proxy.statements:,} statements of dbt-redshift and dlt, 0 rejected")


@contextmanager
def showing_no_grants(redshift: Warehouse) -> Iterator[None]:
    """As Redshift shows them to a user without SYSLOG ACCESS UNRESTRICTED who holds none."""
    views = ("svv_relation_privileges", "svv_schema_privileges")
    for view in views:
        execute(redshift, f"set allow_system_table_mods = on; alter view pg_catalog.{view} rename to whole_{view}")
        execute(redshift, f"create view public.{view} as select * from whole_{view} where 1 = 0")
    yield
    for view in views:
        execute(redshift, f"drop view public.{view}")
        execute(redshift, f"set allow_system_table_mods = on; alter view pg_catalog.whole_{view} rename to {view}")


def test_views_keep_grants_and_readers_get_theirs(project: Project, emulator: Emulator, redshift: Warehouse) -> None:
    """A view with the same columns is replaced, one with others is set aside; both keep what was granted on them."""
    for statement in (
        "create group analysts",
        "create group dashboard",
        "drop view qupersync_marts.query_spill",
        "create view qupersync_marts.query_spill as select cluster_id, 1 as former from qupersync.query_history with no schema binding",
        "grant select on qupersync_marts.query_spill to group analysts",
        "grant select on qupersync_marts.table_health to group analysts",
    ):
        execute(redshift, statement)
    before, words = len(emulator.rejected), ("run", "--select", "query_spill", "table_health")
    dbt(redshift, *words, "--vars", "{readers: [group dashboard]}", project=project)
    execute(redshift, "select spill_gb from qupersync_marts.query_spill")
    granted = "select distinct relation_name from svv_relation_privileges where identity_name = '{}' order by 1"
    views = [("query_spill",), ("table_health",)]
    assert [row for row in execute(redshift, granted.format("analysts")) if "__" not in row[0]] == views
    assert {("query_history",), *views} <= set(execute(redshift, granted.format("dashboard")))
    # A late-binding view is read with the reader's USAGE on the schemas of what it reads.
    schemas = "select namespace_name from svv_schema_privileges where identity_name = 'dashboard' order by 1"
    assert execute(redshift, schemas) == [("qupersync",), ("qupersync_marts",), ("qupersync_staging",)]
    assert not any(name.startswith("stg_") for (name,) in execute(redshift, granted.format("dashboard")))
    with showing_no_grants(redshift):
        dbt(redshift, *words, project=project)
    assert execute(redshift, granted.format("analysts")) == views
    assert execute(redshift, granted.format("dashboard")) == []
    assert execute(redshift, schemas) == []
    assert emulator.rejected[before:] == []


def test_postgres_only_model_fails(project: Project, emulator: Emulator, redshift: Warehouse) -> None:
    before = len(emulator.proxy.rejected)
    dbt(redshift, "show", "--inline", "select count(*) filter (where 1 = 1) as n", project=project, expect=False)
    assert "use case in the aggregate" in emulator.proxy.rejected[before][0]
    del emulator.proxy.rejected[before:]


@pytest.fixture(scope="module")
def redshift_96(emulator_96: Emulator) -> Warehouse:
    return emulator_96.warehouse("dev")


@pytest.mark.strict
def test_three_builds_on_postgres_96(
    project: Project, warehouses: Warehouses, emulator_96: Emulator, redshift_96: Warehouse, cluster: DemoCluster
) -> None:
    postgres = warehouses.make()
    sync_and_build(project, cluster, postgres, redshift_96, builds=3, words=BUILD_AND_TEST)
    assert differences(redshift_96, postgres) == {}
    assert emulator_96.rejected == []


@pytest.mark.strict
def test_unit_tests_on_postgres_96(project: Project, redshift_96: Warehouse) -> None:
    """Apart from the builds: a unit test with a fixture that fails keeps its model from being built."""
    results = dbt(redshift_96, "test", "--select", "test_type:unit", project=project, expect=None)
    assert len(results) > 20
    assert errors_of(results) == {}


@pytest.mark.strict
def test_three_builds_under_serializable_with_four_threads(
    project: Project, warehouses: Warehouses, emulator: Emulator, cluster: DemoCluster
) -> None:
    isolation = {"default_transaction_isolation": "serializable"}
    postgres, redshift = warehouses.make(), emulator.warehouse("serializable", threads=4, session=isolation)
    assert redshift.isolation_level() == "Serializable"
    sync_and_build(project, cluster, postgres, redshift, builds=3)
    assert differences(redshift, postgres) == {}
