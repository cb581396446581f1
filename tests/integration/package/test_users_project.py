"""QuperSync as a package of another dbt project: it builds green there, and touches nothing that is not its own."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qupersync.clock import utc_now
from qupersync.config.dbt_project import APPLIES_SYNCS, models_with_meta
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.database_catalog import catalog_of, changed
from tests.support.dbt_runs import dbt
from tests.support.users_project import OBJECTS, make_users_project
from tests.support.warehouses import Warehouses, execute, rows_of

OURS = ("qupersync_staging", "redshift", "redshift_marts", "redshift_views")  # as the user's project names them
LEDGER = "select entity, cluster_id, max(absorbed_until) from redshift_views.absorbed_syncs group by 1, 2 order by 1, 2"
LIMITED = "select distinct schemaname from pg_views where definition like '%_dbt_limit_%' or definition like '%_dbt_et_filter_%'"
ENDED = """
    select count(distinct (cluster_id, query_id, start_time)) from qupersync_staging.sys_query_history
    where status not in ('planning', 'queued', 'running', 'returning')
"""


@dataclass
class Shop:
    """The user's project and its target, in a database that `qupersync sync` loads into as well."""

    project: Project
    target: Warehouse
    synced: Warehouse
    cluster: DemoCluster
    qupersync: Project

    def dbt(self, *words: str, expect: bool = True) -> list[dict[str, Any]]:
        return dbt(self.target, *words, project=self.project, expect=expect)

    def sync(self, at: datetime) -> None:
        self.cluster.show(at)
        assert not sync_cluster(self.qupersync, self.synced, self.cluster.config, now=at).failed

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return execute(self.target, select)

    def error(self, *words: str) -> str:
        failed = [one for one in self.dbt(*words, expect=False) if "error" in one["status"]]
        assert failed
        return " ".join(" ".join(str(one["message"]) for one in failed).split())

    def catalog(self, without: Collection[str] = ()) -> dict[str, tuple[Any, ...]]:
        return catalog_of(self.target, without)


@pytest.fixture(scope="module")
def shop(
    project: Project, warehouses: Warehouses, factories: ClusterFactories, tmp_path_factory: pytest.TempPathFactory
) -> Shop:
    """A sync in qupersync_staging, the user's own tables, and what the user's own models build; nothing of QuperSync's."""
    synced = warehouses.make()
    execute(synced, "do $$ begin create role reader; exception when duplicate_object then null; end $$;" + OBJECTS)
    target = warehouses.register("shop", dbname=synced.database, schema="analytics")
    folder = make_users_project(tmp_path_factory.mktemp("shop"), project)
    made = Shop(folder, target, synced, factories.make(queries=120, seed=5), project)
    made.sync(utc_now() - timedelta(days=1))
    before = made.catalog(without=("analytics",))
    made.dbt("build", "--select", "package:shop", "--exclude", "priced")
    # Of models of the user alone: neither hook nor macro of the package does anything.
    assert changed(before, made.catalog(without=("analytics",))) == []
    return made


def test_wrong_staging_schema_is_named(shop: Shop) -> None:
    execute(shop.target, "alter schema qupersync_staging rename to elsewhere")
    before = shop.catalog(without=OURS)
    said = shop.error("build")
    assert "Schema qupersync_staging of target shop has no table sync_runs" in said
    assert "Set the var qupersync_staging_schema to the schema that one loads into" in said
    assert changed(before, shop.catalog(without=OURS)) == []  # apart from our schemas, which dbt makes before any hook
    assert shop.rows("select schemaname from pg_tables where schemaname like 'redshift%'") == []
    execute(shop.target, "alter schema elsewhere rename to qupersync_staging")


def test_existing_relations_of_others_are_refused(shop: Shop) -> None:
    execute(
        shop.target,
        "create schema if not exists redshift_marts; create table redshift_marts.table_health (mine bigint)",
    )
    before = shop.catalog(without=("redshift", "redshift_views"))
    assert "redshift_marts.table_health exists and was not built by QuperSync" in shop.error("build")
    assert "target shop was never built (redshift_views has no table absorbed_syncs)" in shop.error("test")
    assert changed(before, shop.catalog(without=("redshift", "redshift_views"))) == []
    execute(shop.target, "drop table redshift_marts.table_health")


@pytest.fixture(scope="module")
def built(shop: Shop) -> Shop:
    """Built as a whole, first with --empty, which applies no sync, then with its rows and data tests."""
    before = shop.catalog(without=OURS)
    shop.dbt("build", "--empty", "--exclude-resource-type", "test")
    assert shop.rows("select count(*) from redshift.query_history") == [(0,)]
    assert shop.rows(LEDGER) == []
    results = shop.dbt("build")
    assert {result["node"].split(".")[1] for result in results} == {"shop", "qupersync"}
    # What the user's project makes anew at each build, and what it makes of QuperSync's models.
    rebuilt = {"analytics.absorbed_syncs", "analytics.pending_syncs", "analytics.priced"}
    assert set(changed(before, shop.catalog(without=OURS))) - rebuilt == set()
    return shop


def test_builds_green_into_the_schemas_of_the_vars(built: Shop) -> None:
    found = built.rows("select schemaname from pg_tables union select schemaname from pg_views")
    schemas = {name for (name,) in found} - {"pg_catalog", "information_schema"}
    assert schemas == {*OURS, "analytics", "analytics_staging"}
    assert built.rows("select count(*) from redshift.query_history") == built.rows(ENDED)
    assert built.rows("select count(*) > 0 from redshift_marts.query_patterns") == [(True,)]
    assert len(built.rows(LEDGER)) == len(models_with_meta(built.qupersync, APPLIES_SYNCS))
    # A table whose YAML names a column that it lacks, and one with the name of QuperSync's ledger.
    assert built.rows("select * from analytics.orders order by 1") == [(1, "ra3.4xlarge"), (2, "dc2.large")]
    assert built.rows("select * from analytics.absorbed_syncs") == [(1,)]
    assert built.rows("select count(*) > 0 and count(price) = 0 from analytics.priced where node_id is null") == [
        (False,)
    ]


def test_commands_that_read_change_nothing(built: Shop) -> None:
    before = built.catalog()
    built.dbt("show", "--select", "query_history")
    built.dbt("ls")
    built.dbt("docs", "generate")  # which compiles
    built.dbt("test", "--select", "query_history,test_type:data")
    assert changed(before, built.catalog()) == []


def test_empty_and_sample_apply_no_sync_and_hide_no_row(built: Shop) -> None:
    built.sync(utc_now())
    histories = {name: rows_of(built.target, f"redshift.{name}") for name in ("query_history", "table_stats_history")}
    ledger = built.rows(LEDGER)
    findings = rows_of(built.target, "redshift_marts.findings_history")
    built.dbt("build", "--empty", "--sample", "1 day", "--exclude-resource-type", "test")
    assert built.rows(LEDGER) == ledger
    assert {name: rows_of(built.target, f"redshift.{name}") for name in histories} == histories
    assert rows_of(built.target, "redshift_marts.findings_history") == findings
    assert built.rows(LIMITED) == [("analytics",)]  # the user's own views, as dbt has it; none of ours
    built.dbt("run", "--sample", "1 hour", "--select", "package:qupersync")
    assert built.rows(LEDGER) != ledger
    assert built.rows("select count(*) from redshift.query_history") == built.rows(ENDED)


def test_outdated_mart_is_kept_with_empty(built: Shop) -> None:
    rename = "alter table redshift_marts.query_patterns_daily rename column {} to {}"
    execute(built.target, rename.format("query_count", "former_count"))
    before = built.catalog()
    said = built.error("build", "--empty")
    assert "query_patterns_daily lacks query_count: an earlier version built it. Build it once without --empty" in said
    # Nor is it dropped by a build of other models.
    built.dbt("run", "--select", "package:qupersync,pending_syncs")
    assert [name for name in changed(before, built.catalog()) if "redshift_marts" in name] == []
    execute(built.target, rename.format("former_count", "query_count"))


def test_reading_another_environment_is_refused(built: Shop, home: Path, tmp_path: Path) -> None:
    shutil.copy(home / "target" / "shop" / "plain" / "manifest.json", tmp_path)
    before = built.catalog()
    defer = ("--defer", "--favor-state", "--state", str(tmp_path))
    said = built.error("run", "--select", "query_history", *defer)
    assert "--defer refused: query_history would read" in said
    assert "of another environment" in said
    assert changed(before, built.catalog()) == []
