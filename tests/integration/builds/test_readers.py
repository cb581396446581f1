"""A build keeps what others granted on its relations and built upon them; `readers` get SELECT, and lose only that again."""

from __future__ import annotations

import json
from typing import Any

import psycopg2
import pytest

from qupersync.project import Project
from qupersync.sql import quote
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.cluster_factories import ClusterFactories
from tests.support.dbt_runs import BUILD, dbt
from tests.support.warehouses import Warehouses, everything, execute

ANALYST, INTERN = 'ana"lyst; drop', "group intern"  # names that look like SQL
VIEWS = """
    create schema lab;
    create view lab.open_findings as select check_name, object_name from qupersync_marts.findings;
    create view lab.days as select cluster_id, query_day, query_count from qupersync_marts.query_performance_daily;
    create materialized view lab.spill as select count(*) as n from qupersync_marts.query_spill;
    create materialized view lab.tables as select cluster_id, table_id, table_name from qupersync.table_stats;
    create view lab.pending as select cluster_id from qupersync_staging.pending_syncs;
    comment on view qupersync_marts.findings is 'ours';
"""
SCHEMAS = ("qupersync", "qupersync_marts", "qupersync_staging")
CATALOG = """
    select c.oid, n.nspname || '.' || c.relname as name, c.relkind::text, coalesce(c.relacl, acldefault('r', c.relowner)) as acl,
        obj_description(c.oid, 'pg_class') as comment,
        case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('qupersync', 'qupersync_marts', 'qupersync_staging', 'lab') and c.relkind in ('r', 'v', 'm')
        and c.relname <> 'reader_grants'
    union all
    select oid, nspname, 'n', coalesce(nspacl, acldefault('n', nspowner)), null, null
    from pg_namespace where nspname like 'qupersync%'
"""
CATALOG = f"select oid, name, relkind, array(select unnest(acl)::text order by 1), comment, definition from ({CATALOG}) as c order by 2"


@pytest.fixture(scope="module")
def roles(server: EmbeddedServer) -> None:
    """Two roles of the server."""
    connection = psycopg2.connect(server.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for role in (ANALYST, INTERN):
            cursor.execute(f"create role {quote(role)}")
    connection.close()


@pytest.fixture(scope="module")
def built(project: Project, warehouses: Warehouses, factories: ClusterFactories, roles: None) -> Warehouse:
    """A warehouse that was built once, with an analyst's grants and views."""
    warehouse = warehouses.make()
    assert not sync_cluster(project, warehouse, factories.make(queries=300, seed=14).config).failed
    dbt(warehouse, *BUILD, project=project)
    grants = [f"grant select on all tables in schema {schema} to {quote(ANALYST)};" for schema in SCHEMAS]
    execute(warehouse, VIEWS + "".join(grants) + f"grant usage on schema qupersync_marts to {quote(ANALYST)}")
    return warehouse


def may_read(warehouse: Warehouse, role: str) -> set[str]:
    """The relations that a role may select from by itself."""
    rows = execute(
        warehouse,
        """select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname like 'qupersync%%' and c.relkind in ('r', 'v') and has_table_privilege(%s, c.oid, 'select')
            and has_schema_privilege(%s, n.oid, 'usage')""",
        (role, role),
    )
    return {name for (name,) in rows}


def test_builds_keep_grants_and_views(project: Project, built: Warehouse) -> None:
    before, rows = execute(built, CATALOG), everything(built)
    absent = json.dumps({"readers": [INTERN, "no such role"]})
    (refused,) = dbt(built, "run", "--vars", absent, project=project, expect=False)
    assert 'var readers names "no such role"' in refused["message"]
    assert execute(built, CATALOG) == before

    dbt(built, "run", "--vars", json.dumps({"readers": [ANALYST, INTERN]}), project=project)
    public = {name for name in may_read(built, INTERN) if name.startswith("qupersync_marts.")}
    assert {"qupersync_marts.findings", "qupersync_marts.query_performance_daily"} <= public
    assert may_read(built, INTERN) - public >= {"qupersync.query_history", "qupersync.table_stats"}
    assert not any(name.startswith("qupersync_staging.") for name in may_read(built, INTERN))

    # Without readers again, and from nothing: what was granted by the setting is revoked, and by hand is kept.
    dbt(built, *BUILD, "--full-refresh", project=project)
    assert execute(built, CATALOG) == before
    assert everything(built) == rows
    assert execute(built, "select count(*) from qupersync_staging.reader_grants") == [(0,)]


# Views and a mart as an earlier version might have left them: without a last column, without one in the middle, with one that
# is gone since, and a table where a view is now.
EARLIER = f"""
    create table lab.findings as
        select cluster_id, check_name, severity, database_name, object_name, measured, unit, threshold, reason, statement, first_seen
        from qupersync_marts.findings;
    create table lab.table_health as
        select cluster_id, database_name, table_id, schema, table_name, diststyle, size_mb from qupersync_marts.table_health;
    drop view qupersync_marts.findings cascade; drop view qupersync_marts.table_health cascade;
    drop view qupersync_marts.query_spill cascade; drop view qupersync_marts.sync_gaps cascade;
    create view qupersync_marts.findings as select * from lab.findings;
    create view qupersync_marts.table_health as select * from lab.table_health;
    create view qupersync_marts.query_spill as select cluster_id, 1 as former from qupersync.query_history;
    create table qupersync_marts.sync_gaps as select 17 as n;
    alter table qupersync_marts.query_performance_daily drop column p99_execution_seconds;
    create view lab.open_findings as select check_name, object_name from qupersync_marts.findings;
    create view lab.health as select table_name, size_mb from qupersync_marts.table_health;
    create view lab.former as select former from qupersync_marts.query_spill;
    grant select on all tables in schema qupersync_marts to {quote(ANALYST)} with grant option;
"""


def shape(warehouse: Warehouse, relation: str) -> tuple[int, list[str]]:
    """The oid of a relation and its columns in order."""
    rows: list[Any] = execute(
        warehouse,
        "select attrelid::bigint, attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
        " order by attnum",
        (relation,),
    )
    return rows[0][0], [name for _, name in rows]


def test_upgrade_keeps_grants_and_views(
    project: Project, warehouses: Warehouses, built: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = warehouses.make(template=built)
    execute(copy, EARLIER)
    replaced = ("findings", "table_health", "query_performance_daily")
    before = {name: shape(copy, f"qupersync_marts.{name}") for name in replaced}
    readable = may_read(copy, ANALYST)
    lab = "select oid, relname from pg_class where relnamespace = 'lab'::regnamespace and relkind in ('v', 'm') order by 2"
    views = execute(copy, lab)
    dbt(copy, "run", project=project)
    for name, (oid, columns) in before.items():
        now, added = shape(copy, f"qupersync_marts.{name}")
        assert (now, added[: len(columns)]) == (oid, columns), name
        assert len(added) > len(columns), name
    assert execute(copy, lab) == views
    assert readable <= may_read(copy, ANALYST)
    days = "qupersync_marts.query_performance_daily"
    assert execute(copy, f"select count(p99_execution_seconds) from {days}") == execute(
        built, f"select count(p99_execution_seconds) from {days}"
    )
    for view in ("open_findings", "health", "former", "days"):
        execute(copy, f"select * from lab.{view}")
    assert "spill_gb" in shape(copy, "qupersync_marts.query_spill")[1]

    # A view that was set aside stays while a view reads it, and goes with the next build after that. A table stays for ever.
    execute(copy, "create view lab.again as select cluster_id from qupersync_marts.query_spill; drop view lab.health")
    select = ("run", "--select", "query_spill", "sync_gaps")
    outdated = "select relname from pg_class where relname like '%\\_\\_outdated' order by 1"
    dbt(copy, *select, project=project)
    assert execute(copy, outdated) == [("query_spill__outdated",), ("sync_gaps__outdated",)]
    execute(copy, "drop view lab.former")
    dbt(copy, *select, project=project)
    assert execute(copy, outdated) == [("sync_gaps__outdated",)]
    assert execute(copy, "select n from qupersync_marts.sync_gaps__outdated") == [(17,)]
    execute(copy, "select * from lab.again")

    # Without a build: the findings of the syncs themselves compare with the time of the query.
    stale = "select severity from qupersync_marts.findings where check_name = 'stale sync'"
    assert execute(copy, stale) == []
    execute(copy, "update qupersync_staging.sync_runs set synced_at = synced_at - interval '5 days'")
    assert execute(copy, stale) == [("critical",)]
