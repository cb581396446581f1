"""Names that look like SQL, in the data or in settings: they are names, or are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qupersync.errors import ConfigurationError
from qupersync.project import Project
from qupersync.sql import quote
from qupersync.sync.pipeline import sync_cluster
from tests.support.cluster_factories import ClusterFactories
from tests.support.dbt_runs import BUILD, BUILD_AND_TEST, dbt
from tests.support.staged_rows import stage, utc
from tests.support.warehouses import Warehouses, execute, rows_of

HOSTILE = 'x"; drop table qupersync.query_history; --'


def test_names_that_look_like_sql(project: Project, warehouses: Warehouses, factories: ClusterFactories) -> None:
    warehouse, config = warehouses.make(), factories.make(seed=77).config
    dbt(warehouse, *BUILD, project=project)
    at = utc("2026-05-01")
    table = {"database": HOSTILE, "schema": HOSTILE, "table": HOSTILE, "table_id": 5, "encoded": "N", "diststyle": f"KEY({HOSTILE})",
             "sortkey1": HOSTILE, "size": 9000, "tbl_rows": 9e6, "estimated_visible_rows": 1e6, "unsorted": 50.0,
             "stats_off": 50.0, "vacuum_sort_benefit": 50.0, "skew_rows": 9.0, "connected_database": HOSTILE}  # fmt: skip
    stage(warehouse, {"svv_table_info": [table]}, "s'; drop table x; --", at)
    execute(warehouse, "update qupersync_staging.sync_runs set database_name = %s", (HOSTILE,))
    dbt(warehouse, *BUILD_AND_TEST, project=project)
    assert rows_of(warehouse, "qupersync.query_history") == []
    statements = [row[0] for row in execute(warehouse, "select statement from qupersync_marts.findings")]
    name = quote(HOSTILE)
    assert f"ANALYZE {name}.{name};" in statements
    # databases to be read, and warehouse schemas, come from settings
    result = sync_cluster(project, warehouse, replace(config, databases=(HOSTILE,)))
    assert [run.database for run in result.failed] == [HOSTILE]
    named = warehouses.make(schema='q"; drop schema public; --')
    with pytest.raises(ConfigurationError, match="small letters, digits"):
        sync_cluster(project, named, config)
    del warehouses.outputs[named.target]
