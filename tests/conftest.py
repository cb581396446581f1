"""An embedded server for the whole session, in a home of its own, and a database for each test that asks for one."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg2
import pytest

from qupersync.config.clusters import use_project
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.cluster_factories import ClusterFactories
from tests.support.faster_dbt import make_dbt_faster
from tests.support.simulated_views import GETDATE
from tests.support.warehouses import Warehouses, forget_the_disk

# No clock decides whether a test passes.
hypothesis.settings.register_profile("qupersync", deadline=None)
hypothesis.settings.load_profile("qupersync")
make_dbt_faster()

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Home and profiles of the session, outside the checkout: no test touches the user's warehouse."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUPERSYNC_HOME", str(folder / "state"))
        patch.setenv("DBT_PROFILES_DIR", str(folder))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        (folder / "qupersync.yml").write_text("", encoding="utf-8")
        patch.setenv("QUPERSYNC_SETTINGS", str(folder / "qupersync.yml"))
        for name in ("DBT_TARGET", "QUPERSYNC_TARGET", "QUPERSYNC_TIMESTAMPS", "DLT_PROJECT_DIR"):
            patch.delenv(name, raising=False)
        for name in [name for name in os.environ if name.startswith("SOURCES__")]:
            patch.delenv(name)
        yield folder


@pytest.fixture(scope="session")
def project(home: Path) -> Project:
    """The checkout under test."""
    found = Project(ROOT)
    use_project(found)
    return found


@pytest.fixture(scope="session")
def server(project: Project) -> Iterator[EmbeddedServer]:
    """A running server, stopped at the end."""
    running = EmbeddedServer(project)
    running.start()
    forget_the_disk(running.url("postgres"))
    yield running
    running.stop()
    shutil.rmtree(running.log.parent, ignore_errors=True)  # as root it may lie outside the session's folder


@pytest.fixture(scope="session")
def warehouses(project: Project, server: EmbeddedServer, home: Path) -> Warehouses:
    """Makes warehouses, each its own database."""
    return Warehouses(project, server, home)


@pytest.fixture
def warehouse(warehouses: Warehouses) -> Warehouse:
    """An empty warehouse."""
    return warehouses.make()


@pytest.fixture
def database(server: EmbeddedServer) -> Callable[[], Any]:
    """Makes an empty database and returns its name."""

    def make() -> str:
        name = f"source_{uuid.uuid4().hex[:8]}"
        server.ensure_database(name)
        connection = psycopg2.connect(server.url(name))
        with connection, connection.cursor() as cursor:  # which every Redshift has
            cursor.execute(GETDATE)
        connection.close()
        return name

    return make


@pytest.fixture
def sql(server: EmbeddedServer) -> Callable[..., list[tuple[Any, ...]]]:
    """Run SQL in a database of the server."""

    def run(database: str, statement: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(server.url(database))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    return run


@pytest.fixture(scope="session")
def factories(server: EmbeddedServer) -> ClusterFactories:
    """Makes clusters that differ from the demo's."""
    return ClusterFactories(server)
