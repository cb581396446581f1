"""A daily mart may keep its last days only."""

from __future__ import annotations

from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from tests.support.cluster_factories import ClusterFactories
from tests.support.dbt_runs import BUILD, dbt
from tests.support.warehouses import Warehouses, execute, rows_of


def test_keep_days_of_a_daily_mart(project: Project, warehouses: Warehouses, factories: ClusterFactories) -> None:
    """`keep_days` bounds a daily mart; the entities keep everything, and a full refresh restores the mart."""
    warehouse = warehouses.make()
    sync_cluster(project, warehouse, factories.make(queries=4000, seed=77).config)
    dbt(warehouse, *BUILD, project=project)
    days = "select count(distinct query_day) from qupersync_marts.query_performance_daily"
    entities = rows_of(warehouse, "qupersync.query_history")
    ((all_days,),) = execute(warehouse, days)
    dbt(warehouse, "run", "--vars", "{keep_days: {query_performance_daily: 3}}", project=project)
    ((kept,),) = execute(warehouse, days)
    assert 0 < kept <= 4 < all_days
    assert rows_of(warehouse, "qupersync.query_history") == entities
    dbt(warehouse, "run", "--full-refresh", project=project)
    assert execute(warehouse, days) == [(all_days,)]
