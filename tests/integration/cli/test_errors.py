"""Wrong input: one clear line that names the setting or the view, a non-zero exit code, and staging as it was."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from qupersync.cli.parser import main
from qupersync.demo.cluster import DATABASE, DemoCluster
from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import USER, EmbeddedServer
from tests.support.warehouses import Warehouses, execute

Sql = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module", autouse=True)
def cluster(server: EmbeddedServer) -> DemoCluster:
    """A cluster that the tests configure wrongly."""
    server.ensure_database(DATABASE)
    made = DemoCluster(server)
    made.make(seed=5, queries=500)
    return made


class Cli:
    """The command line over a cluster `prod`, configured through the environment."""

    def __init__(self, patch: pytest.MonkeyPatch, server: EmbeddedServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.patch, self.capsys = patch, capsys
        patch.setenv("SOURCES__REDSHIFT__CLUSTERS", '["prod"]')
        self.configure(
            host="127.0.0.1", port=server.port, username=USER, password=server.password, database=DATABASE,
            sslmode="disable", connect_timeout=3,
        )  # fmt: skip

    def configure(self, **settings: Any) -> None:
        for name, value in settings.items():
            self.patch.setenv(f"SOURCES__REDSHIFT__PROD__{name.upper()}", str(value))

    def __call__(self, *words: str) -> tuple[int, str]:
        code = main(words)
        return code, self.capsys.readouterr().err

    def fails(self, warehouse: Warehouse, *, exit_code: int, saying: str) -> str:
        before = staging(warehouse)
        code, said = self("sync", "--target", warehouse.target)
        errors = [line for line in said.splitlines() if line.startswith("error:")]
        assert code == exit_code, said
        assert saying in errors[0], said
        assert "Traceback" not in said
        assert staging(warehouse) == before
        return said


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, server: EmbeddedServer, capsys: pytest.CaptureFixture[str]) -> Cli:
    """The command line."""
    return Cli(monkeypatch, server, capsys)


def staging(warehouse: Warehouse) -> dict[str, int]:
    """Rows per staging table of the views."""
    present = execute(warehouse, "select tablename from pg_tables where schemaname = 'qupersync_staging'")
    return {
        name: execute(warehouse, f"select count(*) from qupersync_staging.{name}")[0][0]
        for (name,) in present
        if name in SYSTEM_VIEWS
    }


@pytest.fixture
def synced(warehouse: Warehouse, cli: Cli) -> Warehouse:
    """A warehouse that one sync has filled."""
    assert cli("sync", "--target", warehouse.target)[0] == 0
    assert staging(warehouse)["sys_query_history"] > 400
    return warehouse


def test_wrong_password(cli: Cli, synced: Warehouse) -> None:
    cli.configure(password="wrong-secret")
    said = cli.fails(synced, exit_code=1, saying="sources.redshift.prod.username, .password and .database")
    assert "password authentication failed" in said
    assert "wrong-secret" not in said


def test_unreachable_host(cli: Cli, synced: Warehouse) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        cli.configure(port=taken.getsockname()[1])
        assert "Connection refused" in cli.fails(synced, exit_code=1, saying="cluster 'prod' (127.0.0.1:")


def test_unknown_cluster_name(cli: Cli, synced: Warehouse) -> None:
    code, said = cli("sync", "--target", synced.target, "--cluster", "nope")
    assert code == 2
    assert said == "error: no cluster 'nope' is configured (there are: prod)\n"


@pytest.mark.parametrize(
    ("setting", "value", "saying"),
    [
        ("port", "many", "sources.redshift.prod.port must be a whole number"),
        ("lookback_minutes", "-1", "sources.redshift.prod.lookback_minutes must be at least 0"),
        ("query_text", "some", "sources.redshift.prod.query_text must be one of normalized, full, none"),
        ("sslmode", "maybe", "sources.redshift.prod.sslmode must be one of"),
        ("password", "", "sources.redshift.prod.password is missing"),
    ],
)
def test_wrong_setting(cli: Cli, synced: Warehouse, setting: str, value: str, saying: str) -> None:
    cli.configure(**{setting: value})
    cli.fails(synced, exit_code=2, saying=saying)


def test_impossible_cluster_name(cli: Cli, synced: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__REDSHIFT__CLUSTERS", '["a\'; drop"]')
    cli.fails(synced, exit_code=2, saying="cannot be a cluster's name")


def test_no_cluster(cli: Cli, synced: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCES__REDSHIFT__CLUSTERS")
    cli.fails(synced, exit_code=2, saying="no cluster is configured: add [sources.redshift.<name>]")


def test_missing_view(cli: Cli, warehouse: Warehouse, database: Callable[[], str], sql: Sql) -> None:
    name = database()
    sql(name, "create table stv_slices (node int, slice int, type char(1))")
    cli.configure(database=name)
    code, said = cli("sync", "--target", warehouse.target)
    assert code == 1
    assert "error: cluster 'prod' (127.0.0.1:" in said
    assert "has no view sys_query_history" in said
    assert staging(warehouse)["sys_query_history"] == 0
    outcome = "select outcome, error from qupersync_staging.sync_runs where view_name = 'sys_query_history'"
    assert execute(warehouse, outcome)[0][0] == "failed"


def test_missing_required_column(cli: Cli, warehouse: Warehouse, database: Callable[[], str], sql: Sql) -> None:
    name = database()
    sql(name, "create table sys_query_history (query_id bigint, start_time timestamp)")
    cli.configure(database=name)
    code, said = cli("sync", "--target", warehouse.target)
    assert code == 1
    assert "sys_query_history lacks the column user_id, transaction_id, session_id" in said


def test_unwritable_warehouse(
    cli: Cli, warehouses: Warehouses, warehouse: Warehouse, server: EmbeddedServer, project: Project
) -> None:
    execute(warehouse, f"drop role if exists reader_{warehouse.database}")
    execute(warehouse, f"create role reader_{warehouse.database} login password 'r'")
    reader = warehouses.register("reader", dbname=warehouse.database, user=f"reader_{warehouse.database}", password="r")
    code, said = cli("sync", "--target", reader.target)
    assert code == 1
    assert said.startswith("error: warehouse 'reader' (postgres 127.0.0.1:"), said
    assert "permission denied for database" in said
    assert len(said.splitlines()) == 1


def test_profile_without_the_target(cli: Cli, synced: Warehouse) -> None:
    code, said = cli("sync", "--target", "nowhere")
    assert code == 2
    assert "has no target 'nowhere'" in said
