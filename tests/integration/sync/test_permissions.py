"""The permissions that a sync needs in the warehouse, and those of the files that it writes."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg2
import pytest

from qupersync.cli.parser import main
from qupersync.project import Project
from qupersync.sql import quote
from qupersync.sync.pipeline import pipelines_dir, sync_cluster
from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.dbt_runs import BUILD_AND_TEST, dbt
from tests.support.warehouses import Warehouses, execute


def test_documented_grants_suffice(
    project: Project, warehouses: Warehouses, factories: ClusterFactories, tmp_path: Path
) -> None:
    """The grants of docs/guarantees.md, to the letter: a role that may write its three schemas and nothing else."""
    config = factories.make(seed=77).config
    owner = warehouses.make()
    grants = _documented_grants(project).replace("warehouse", quote(owner.database))
    execute(owner, "drop role if exists qupersync_writer")
    execute(owner, f"create table public.precious (n int); create schema elsewhere; {grants}")
    execute(owner, "alter role qupersync_writer login password 'w'")
    writer = warehouses.register(f"{owner.target}_w", dbname=owner.database, user="qupersync_writer", password="w")
    assert not sync_cluster(project, writer, config).failed
    dbt(writer, *BUILD_AND_TEST, project=project)
    # Rows, and what there is: tables, views, indexes and their comments.
    found = """
        select (select count(*) from qupersync.query_history), (select count(*) from qupersync_marts.query_patterns),
            count(*), count(distinct (nspname, relname, relkind, relacl is null)), count(d.description)
        from pg_class c join pg_namespace n on n.oid = relnamespace
        left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = c.oid
        where nspname like 'qupersync%'
    """
    file, before = str(tmp_path / "backup"), execute(writer, found)
    assert main(["warehouse", "backup", "--target", writer.target, file]) == 0
    execute(writer, "delete from qupersync.query_history; drop view qupersync_marts.query_patterns cascade")
    assert main(["warehouse", "restore", "--target", writer.target, "--yes", file]) == 0
    assert execute(writer, found) == before
    for refused in ("create schema more", "select * from public.precious", "create table elsewhere.t (n int)",
                    "create table public.t (n int)"):  # fmt: skip
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            execute(writer, refused)
    may = "select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = 'qupersync_writer'"
    assert execute(owner, may) == [(False,) * 5]
    execute(owner, "drop owned by qupersync_writer cascade; drop role qupersync_writer")


def _documented_grants(project: Project) -> str:
    text = (project.root / "docs" / "guarantees.md").read_text(encoding="utf-8")
    return text.split("```sql", 1)[1].split("```", 1)[0]


def test_other_users_cannot_read_our_files(project: Project, warehouse: Warehouse, factories: ClusterFactories) -> None:
    config = factories.make(seed=77).config
    # Other tests have left theirs, also such as only demos and users' projects have.
    theirs = {path for path in project.home.rglob("*") if path.is_file()}
    before = os.umask(0o022)
    try:
        pipelines_dir(project, warehouse).mkdir(parents=True)  # as a copy or an older version made it: open to others
        sync_cluster(project, warehouse, config)
    finally:
        os.umask(before)
    files = [path for path in project.home.rglob("*") if path.is_file() and "postgres" not in path.parts]
    files = [path for path in files if path.stat().st_size and path not in theirs]  # a lock is an empty file
    assert len(files) > 5

    def open_to_others(path: Path) -> bool:
        between = [folder for folder in path.parents if folder.is_relative_to(project.home)]
        return bool(path.stat().st_mode & 0o044) and all(folder.stat().st_mode & 0o011 for folder in between)

    assert [path for path in files if open_to_others(path)] == []
