"""Redshift as the warehouse, on the emulator: real dbt-redshift, real dlt, and the same rows as on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.emulator.proxy import Proxy
from tests.support.redshift_sql import faults
from tests.support.warehouses import Warehouses, everything


@pytest.fixture(scope="module")
def cluster(factories: ClusterFactories) -> DemoCluster:
    return factories.make(queries=200, seed=21)


def test_builds_docs_and_freshness_as_on_postgres(
    project: Project, warehouses: Warehouses, emulator: Warehouse, proxy: Proxy, cluster: DemoCluster,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    postgres, now = warehouses.make(), utc_now()
    for ago in (timedelta(days=1), timedelta(0)):
        cluster.show(now - ago)
        for warehouse in (postgres, emulator):
            assert not sync_cluster(project, warehouse, cluster.config, now=now - ago).failed
            dbt(warehouse, *(("build",) if warehouse is emulator else BUILD_AND_TEST), project=project)
    found = everything(emulator, without=("built_at", "sync_id"))
    for relation, rows in everything(postgres, without=("built_at", "sync_id")).items():
        different = [(a, b) for a, b in zip(found[relation], rows) if a != b]
        first = [(a, b) for a, b in zip(*different[0]) if a != b] if different else None
        assert not different, f"{relation}: {first}"
        assert len(found[relation]) == len(rows), relation
    dbt(emulator, "docs", "generate", project=project)
    dbt(emulator, "source", "freshness", project=project)
    # dlt asks for its own tables before they exist: those rejections are expected.
    assert [statement for _, statement in proxy.rejected if "_dlt_" not in statement] == []
    assert proxy.statements > 500
    with capsys.disabled():
        print(f"\n  Redshift emulator: {proxy.statements:,} statements of dbt-redshift and dlt, 0 rejected")


def test_compiled_sql_passes_the_static_check(project: Project, emulator: Warehouse, home: Path) -> None:
    dbt(emulator, "compile", project=project)
    files = [
        path
        for path in (home / "target" / emulator.target / "plain" / "compiled" / "qupersync").rglob("*.sql")
        if not any(part.endswith(".yml") for part in path.parts)
    ]
    assert len(files) > 40
    found = {path.name: faults(path.read_text(encoding="utf-8")) for path in files}
    assert {name: reported for name, reported in found.items() if reported} == {}


def test_postgres_only_model_fails(project: Project, emulator: Warehouse, proxy: Proxy) -> None:
    before = len(proxy.rejected)
    dbt(emulator, "show", "--inline", "select count(*) filter (where 1 = 1) as n", project=project, expect=False)
    assert "use case in the aggregate" in proxy.rejected[before][0]
    del proxy.rejected[before:]
