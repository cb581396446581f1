"""The Redshift emulator as a warehouse."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import USER, EmbeddedServer
from tests.support.emulator.catalog import CATALOG
from tests.support.emulator.proxy import Proxy
from tests.support.warehouses import Warehouses


@dataclass(frozen=True)
class _Elsewhere(Project):
    """The project with another home."""

    place: Path = Path()

    @property
    def home(self) -> Path:
        return self.place


@pytest.fixture(scope="package")
def upstream(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """The emulator's own PostgreSQL, with Redshift's catalog objects."""
    server = EmbeddedServer(_Elsewhere(project.root, tmp_path_factory.mktemp("emulator")))
    server.start()
    connection = psycopg2.connect(server.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        # redshift_connector knows Redshift's login methods, not all of PostgreSQL's.
        cursor.execute("alter system set password_encryption = 'md5'")
        cursor.execute("select pg_reload_conf()")
        cursor.execute("set password_encryption = 'md5'")
        cursor.execute(f"alter role {USER} password '{server.password}'")
        cursor.execute("show hba_file")
        (hba,) = cursor.fetchone()
        path = Path(hba)
        path.write_text("host all all 127.0.0.1/32 trust\n", encoding="utf-8")
        cursor.execute("select pg_reload_conf()")
        cursor.execute("create database dev template template0")
    connection.close()
    with psycopg2.connect(server.url("dev")) as made, made.cursor() as cursor:
        cursor.execute(CATALOG)
    made.close()
    yield server
    server.stop()
    shutil.rmtree(server.log.parent, ignore_errors=True)


@pytest.fixture(scope="package")
def proxy(upstream: EmbeddedServer) -> Iterator[Proxy]:
    """The emulator's proxy: it counts statements and records the rejected ones."""
    made = Proxy(upstream.port)
    yield made
    made.close()


@pytest.fixture(scope="package")
def emulator(warehouses: Warehouses, proxy: Proxy) -> Warehouse:
    """The emulator as a warehouse, as dbt and dlt see it: a Redshift."""
    return warehouses.register(
        "emulator", type="redshift", port=proxy.port, dbname="dev", sslmode="disable", autocommit=False, threads=1,
    )  # fmt: skip
