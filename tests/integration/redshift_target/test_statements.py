"""Every statement that QuperSync, dbt and dlt send to a Redshift warehouse: known to Redshift's grammar, and free of what means
something else there.

The statements are those of real runs against the emulator: a sync, two builds with all tests and hooks, and each command that
reads or writes the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from qupersync.cli.parser import main
from qupersync.clock import utc_now
from qupersync.config.dbt_project import APPLIES_SYNCS, models_with_meta
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.prune import prune_staging
from tests.support.correlated_subqueries import correlated_subqueries
from tests.support.dbt_runs import BUILD, dbt
from tests.support.emulated_warehouses import Emulator
from tests.support.emulator.faults import kind_of
from tests.support.emulator.sql_text import Masked, selects
from tests.support.environment import environment_of
from tests.support.redshift_grammar import unparsable
from tests.support.redshift_sql import faults
from tests.support.uncast_literals import uncast_literals


@contextmanager
def recording(emulator: Emulator) -> Iterator[dict[str, str]]:
    """Collects statements that reach the emulator, one of each kind."""
    found: dict[str, str] = {}
    before = emulator.proxy.on_statement
    emulator.proxy.on_statement = lambda session, statement: found.setdefault(kind_of(statement), statement) and None
    try:
        yield found
    finally:
        emulator.proxy.on_statement = before


@pytest.fixture(scope="module")
def redshift(emulator: Emulator) -> Warehouse:
    return emulator.warehouse("statements", threads=1)


@pytest.fixture(scope="module")
def of_commands(
    project: Project, emulator: Emulator, redshift: Warehouse, cluster: DemoCluster, home: Path
) -> list[str]:
    """The statements of syncs and of the commands."""
    now = utc_now()
    with recording(emulator) as statements:
        for ago in (1, 0):
            cluster.show(now - timedelta(days=ago))
            assert not sync_cluster(project, redshift, cluster.config, now=now - timedelta(days=ago)).failed
    dbt(redshift, *BUILD, project=project)
    target = ["--target", redshift.target]
    with recording(emulator) as more, pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(cluster.config, cluster.config.name).items():
            patch.setenv(name, value)
        for words in (["status"], ["status", "--json"], ["report", "--output", str(home / "report.html")], ["check"]):
            assert main([*words, *target]) in (0, 1), words
        prune_staging(redshift, models_with_meta(project, APPLIES_SYNCS), 8, now + timedelta(days=30))
        assert main(["forget", "--cluster", cluster.config.name, "--yes", *target]) == 0
    return [*statements.values(), *more.values()]


@pytest.fixture(scope="module")
def of_builds(project: Project, emulator: Emulator, redshift: Warehouse, of_commands: list[str]) -> list[str]:
    """The statements of builds, hooks and tests."""
    assert of_commands
    with recording(emulator) as statements:
        for _ in range(2):
            dbt(redshift, "build", project=project)
    return list(statements.values())


def shortened(sql: str, rows: int = 20) -> str:
    """Of an INSERT of many rows, a line each, the first ones: the others are alike."""
    head, values, tail = sql.partition("\nVALUES\n")
    lines = tail.splitlines()
    return sql if len(lines) <= rows else "".join((head, values, "\n".join(lines[:rows]).rstrip(",")))


@pytest.mark.strict
def test_statements_parse_in_redshift_grammar(of_commands: list[str], of_builds: list[str]) -> None:
    found = {
        kind_of(sql)[:200]: unparsable(shortened(sql))
        for sql in (*of_commands, *of_builds)
        # Not unit tests, which are models that are here as well, on fixtures; not a function of Redshift that dbt's adapter
        # calls and the grammar does not know.
        if '"node_id": "unit_test.' not in sql and "pg_get_late_binding_view_cols()" not in sql
    }
    assert len(found) > 150
    assert {kind: errors for kind, errors in found.items() if errors} == {}


@pytest.mark.strict
def test_commands_run_on_the_emulator(emulator: Emulator, of_commands: list[str]) -> None:
    sent = {kind_of(sql) for sql in of_commands}
    assert [pair for pair in emulator.rejected if kind_of(pair[1]) in sent] == []


@pytest.mark.strict
def test_literal_columns_are_cast(of_commands: list[str], of_builds: list[str]) -> None:
    found = {
        kind_of(sql)[:200]: uncast_literals(sql)
        for sql in (*of_commands, *of_builds)
        if '"connection_name": "list_' not in sql  # dbt-redshift's own
    }
    assert {kind: columns for kind, columns in found.items() if columns} == {}


@pytest.mark.strict
def test_no_subquery_is_correlated(of_commands: list[str], of_builds: list[str]) -> None:
    found = {kind_of(sql)[:200]: correlated_subqueries(sql) for sql in (*of_commands, *of_builds)}
    assert {kind: correlations for kind, correlations in found.items() if correlations} == {}


@pytest.mark.strict
def test_no_key_is_declared(emulator: Emulator, of_builds: list[str]) -> None:
    assert of_builds
    assert emulator.proxy.against_policy == set()


def compiled(project: Project, warehouse: Warehouse, home: Path) -> dict[str, str]:
    """Models and data tests as they are compiled for Redshift, by file name."""
    dbt(warehouse, "compile", project=project)
    files = (home / "target" / warehouse.target / "plain" / "compiled" / "qupersync").rglob("*.sql")
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in files
        if not any(part.endswith(".yml") for part in path.parts)
    }


def test_compiled_sql_passes_the_static_checks(project: Project, redshift: Warehouse, home: Path) -> None:
    models = compiled(project, redshift, home)
    assert len(models) > 40
    found = {
        name: [
            *faults(sql),
            *map("uncast: {}".format, uncast_literals(sql)),
            *map("correlated: {}".format, correlated_subqueries(sql)),
            *(
                f"two orders: {sorted(one.sort_orders)}"
                for one in selects(Masked(sql).blanked())
                if len(one.sort_orders) > 1
            ),
        ]
        for name, sql in models.items()
    }
    assert {name: said for name, said in found.items() if said} == {}
