"""Warehouses as earlier versions left them, stored for the upgrade test.

``python -m tests.support.stored_warehouses`` adds one: run it before the staging tables or the state of a sync change. It
writes ``tests/fixtures/warehouse_v<next number>.dump``: half of a simulated world, synced and built, in pg_dump's format.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import psycopg2

from qupersync.config.clusters import ClusterConfig, use_project
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import USER, EmbeddedServer, password_environment

from .dbt_runs import dbt
from .simulation import BEGIN, World
from .warehouses import Warehouses

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "fixtures"
SEED = 20260301
NAME = "kept"  # of the cluster
STEP = timedelta(hours=7)


def stored_versions() -> list[int]:
    """The numbers of the stored warehouses, oldest first."""
    return sorted(int(path.stem.partition("_v")[2]) for path in FOLDER.glob("warehouse_v*.dump"))


def halfway(world: World) -> datetime:
    """Up to when a stored warehouse was synced."""
    return BEGIN + (world.last - BEGIN) / 2


def config_of(server: EmbeddedServer, database: str) -> ClusterConfig:
    """The simulated cluster, shown in a database of the server."""
    return ClusterConfig(
        name=NAME, host="127.0.0.1", port=server.port, username=USER, password=server.password,
        database=database, sslmode="disable",
    )  # fmt: skip


def restored(warehouses: Warehouses, server: EmbeddedServer, version: int) -> Warehouse:
    """A stored warehouse, restored into a new database."""
    warehouse = warehouses.make()
    subprocess.run(
        [server.client("pg_restore"), "--no-owner", "-h", "127.0.0.1", "-p", str(server.port), "-U", USER,
         "-d", warehouse.database, FOLDER / f"warehouse_v{version}.dump"],
        env=password_environment(server.password), check=True,
    )  # fmt: skip
    return warehouse


def main() -> None:
    """Store a warehouse of this version."""
    project = Project(ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(
            QUPERSYNC_HOME=f"{scratch}/state", DBT_PROFILES_DIR=scratch, DBT_TARGET_PATH=f"{scratch}/target",
            DBT_LOG_PATH=f"{scratch}/logs",
        )  # fmt: skip
        use_project(project)
        server = EmbeddedServer(project)
        server.start()
        try:
            warehouse = Warehouses(project, server, Path(scratch)).make(name="warehouse")
            server.ensure_database("world")
            source, world, at = psycopg2.connect(server.url("world")), World(SEED), BEGIN
            while at < halfway(world):
                at = min(at + STEP, halfway(world))
                world.show(source, at)
                sync_cluster(project, warehouse, config_of(server, "world"), now=at)
            dbt(warehouse, "build", project=project)
            file = FOLDER / f"warehouse_v{stored_versions()[-1] + 1}.dump"
            subprocess.run(
                [server.client("pg_dump"), "-Fc", "-Z9", "--no-owner", "-f", file, "-h", "127.0.0.1",
                 "-p", str(server.port), "-U", USER, "warehouse"],
                env=password_environment(server.password), check=True,
            )  # fmt: skip
            print(f"{file.name}: {file.stat().st_size / 1024:.0f} KiB")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
