"""`forget` and `restore` beside tables and views of others in our schemas, and on ours."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qupersync.cli.parser import main
from qupersync.demo.cluster import DATABASE, DemoCluster
from qupersync.project import Project
from qupersync.sync.locking import cluster_lock
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.warehouses import Warehouses, execute


@pytest.fixture(scope="module")
def synced(project: Project, warehouses: Warehouses, server: EmbeddedServer) -> Warehouse:
    """A warehouse with rows of the cluster `demo`, a table of somebody in it, and a view of somebody on it."""
    server.ensure_database(DATABASE)
    cluster = DemoCluster(server)
    cluster.make(seed=5, queries=200)
    warehouse = warehouses.make()
    sync_cluster(project, warehouse, cluster.config)
    execute(warehouse, "create table qupersync_staging.notes as select 'demo' as cluster_id")
    execute(warehouse, "create schema readers")
    execute(warehouse, "create table readers.own as select 1 as n")
    execute(warehouse, "create view readers.runs as select * from qupersync_staging.sync_runs")
    execute(warehouse, "create view readers.failed as select * from readers.runs where outcome = 'failed'")
    return warehouse


def counts(warehouse: Warehouse) -> dict[str, int]:
    tables = ("qupersync_staging.sys_query_history", "qupersync_staging.notes")
    return {table: execute(warehouse, f"select count(*) from {table}")[0][0] for table in tables}


def test_restore_names_what_it_would_drop(synced: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, before = str(tmp_path / "backup"), counts(synced)
    assert all(before.values())
    assert main(["warehouse", "backup", "--target", synced.target, file]) == 0
    assert main(["warehouse", "restore", "--target", synced.target, "--yes", file]) == 2
    said = capfd.readouterr().err
    assert "restore would drop what QuperSync did not make" in said
    assert "qupersync_staging.notes, readers.failed, readers.runs. " in said
    assert counts(synced) == before
    execute(synced, "delete from qupersync_staging.sys_query_history")
    assert main(["warehouse", "restore", "--target", synced.target, "--yes", "--drop-others", file]) == 0
    # The backup holds our schemas, with the table of somebody in it. The other schema stays, without its views on ours.
    assert counts(synced) == before
    assert execute(synced, "select count(*) from readers.own") == [(1,)]
    assert execute(synced, "select count(*) from pg_views where schemaname = 'readers'") == [(0,)]


def test_restore_names_others_of_any_kind(synced: Warehouse, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Also what is no table or view; and a role of the grants in the backup may be gone."""
    execute(
        synced,
        """
        create table qupersync_staging.tasks (id serial primary key, note text);
        create function qupersync_staging.twice(n int) returns int language sql as 'select 2 * n';
        create sequence qupersync_staging.numbers;
        create type qupersync_staging.mood as enum ('good', 'bad');
        create type qupersync_staging.span as range (subtype = int);
        create table readers.child (task int references qupersync_staging.tasks, mood qupersync_staging.mood);
        create table readers.numbered (n bigint default nextval('qupersync_staging.numbers'));
        create role passing;
        grant select on all tables in schema qupersync_staging to passing;
        """,
    )
    file, before = str(tmp_path / "backup"), counts(synced)
    assert main(["warehouse", "backup", "--target", synced.target, file]) == 0
    execute(synced, "drop owned by passing; drop role passing; delete from qupersync_staging.sys_query_history")
    assert main(["warehouse", "restore", "--target", synced.target, "--yes", file]) == 2
    said = capfd.readouterr().err.split("did not make in ")[1].split(": ", 1)[1].split(". Move it")[0]
    assert set(said.split(", ")) >= {
        "qupersync_staging.tasks", "function qupersync_staging.twice(integer)", "sequence qupersync_staging.numbers",
        "type qupersync_staging.mood", "type qupersync_staging.span", "table column readers.child.mood",
        "table constraint child_task_fkey on readers.child", "default value for readers.numbered.n",
    }  # fmt: skip
    assert not [word for word in ("tasks_", "tasks.", "_mood", "multirange", "span(", "sync_runs") if word in said]
    assert main(["warehouse", "restore", "--target", synced.target, "--yes", "--drop-others", file]) == 0
    assert counts(synced) == before
    assert execute(synced, "select qupersync_staging.twice(2), count(*) from qupersync_staging.tasks") == [(4, 0)]
    execute(
        synced,
        """
        drop table qupersync_staging.tasks; drop sequence qupersync_staging.numbers; drop type qupersync_staging.mood;
        drop function qupersync_staging.twice; drop type qupersync_staging.span
        """,
    )


def test_no_restore_during_a_sync(
    project: Project,
    synced: Warehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its watermark would come into the restored warehouse, and the rows before it would never be read."""
    file = str(tmp_path / "backup")
    assert main(["warehouse", "backup", "--target", synced.target, file]) == 0
    monkeypatch.setenv("SOURCES__REDSHIFT__CLUSTERS", '["first"]')  # configured, not yet in sync_runs
    before, restore = (
        counts(synced),
        ["warehouse", "restore", "--target", synced.target, "--yes", "--drop-others", file],
    )
    execute(synced, "create table qupersync_staging.newer ()")
    for cluster in ("demo", "first"):
        with cluster_lock(project, synced, cluster):
            assert main(restore) == 3
        assert f"cluster '{cluster}' is being synced" in capsys.readouterr().err
    execute(synced, "drop table qupersync_staging.newer")  # it is still there
    assert counts(synced) == before


def test_forget_an_unknown_cluster_and_spare_others(synced: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget", "--target", synced.target, "--yes", "--cluster", "dmo"]) == 2
    assert "no cluster 'dmo' in warehouse" in (said := capsys.readouterr().err)
    assert "(did you mean 'demo'?); there are: demo" in said
    assert main(["status", "--target", synced.target, "--json"]) in (0, 1)
    assert json.loads(capsys.readouterr().out)["clusters"].keys() == {"demo"}
    assert main(["forget", "--target", synced.target, "--yes", "--cluster", "demo"]) == 0
    assert "left alone, because QuperSync did not make them: qupersync_staging.notes" in capsys.readouterr().out
    assert execute(synced, "select count(*) from qupersync_staging.notes") == [(1,)]
    assert execute(synced, "select count(*) from qupersync_staging.sync_runs") == [(0,)]
    assert main(["forget", "--target", synced.target, "--yes", "--cluster", "demo"]) == 2
    assert "it has none" in capsys.readouterr().err
