"""EXPLAIN of every statement that dbt has compiled for a warehouse: what it would reject, without running a build.

A warehouse that was never built lacks the relations that the statements read. They are made empty, in a transaction
that is rolled back: nothing is left. Redshift has no savepoints: after each rejected statement they are made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from ..errors import WarehouseError, first_line
from ..sql import quote
from ..warehouse.base import Warehouse

if TYPE_CHECKING:
    import psycopg2


@dataclass(frozen=True)
class Statement:
    """A compiled model or data test: SQL of a query. ``relation`` is None where it makes none."""

    kind: str
    name: str
    sql: str
    reads: tuple[str, ...]
    relation: Optional[str] = None
    view: bool = False


@dataclass(frozen=True)
class Explained:
    """The verdict on a statement: ``error`` is the warehouse's message, ``skipped`` what was missing to try it."""

    kind: str
    name: str
    error: str = ""
    skipped: str = ""

    @property
    def ok(self) -> bool:
        """Has the warehouse accepted it?"""
        return not self.error and not self.skipped


def explain(warehouse: Warehouse, manifest: dict[str, Any], package: str) -> Iterator[Explained]:
    """EXPLAIN each compiled model and data test of ``package`` in dbt's manifest.json, models before what reads them.

    Nothing is written. Errors: WarehouseError when the warehouse cannot be reached.
    """
    import psycopg2

    connection = warehouse.connect()
    try:
        try:
            stand_ins = _StandIns(connection, manifest, package)
        except psycopg2.Error as error:
            raise WarehouseError(
                f"{warehouse.where} has no staging tables, and none may be made to try with: {first_line(error)}"
            ) from None
        for statement in statements(manifest, package):
            if missing := [name for name in statement.reads if name in stand_ins.rejected]:
                yield Explained(statement.kind, statement.name, skipped=f"reads {missing[0]}, which was rejected")
                stand_ins.reject(statement)
                continue
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"explain {statement.sql}")
                stand_ins.add(statement)
            except psycopg2.OperationalError as error:
                if connection.closed:
                    raise WarehouseError(f"{warehouse.where} closed the connection: {first_line(error)}") from None
                yield _rejected(statement, error, stand_ins)
            except psycopg2.Error as error:
                yield _rejected(statement, error, stand_ins)
            else:
                yield Explained(statement.kind, statement.name)
    finally:
        connection.close()  # which rolls the stand-ins back


def _rejected(statement: Statement, error: psycopg2.Error, stand_ins: _StandIns) -> Explained:
    stand_ins.reject(statement)
    stand_ins.restore()
    return Explained(statement.kind, statement.name, error=first_line(error))


def statements(manifest: dict[str, Any], package: str) -> list[Statement]:
    """The models and data tests of a package that have SQL of their own, in the order in which a build runs them.

    Ephemeral models are part of the statements that read them.
    """
    nodes = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["package_name"] == package and node["resource_type"] in ("model", "test") and node.get("compiled_code")
    }
    ordered: dict[str, Statement] = {}

    def visit(name: str) -> None:
        if name in ordered or name not in nodes:
            return
        node = nodes[name]
        reads = tuple(node["depends_on"]["nodes"])
        for parent in reads:
            visit(parent)
        kind = node["config"]["materialized"]
        if kind == "ephemeral":
            return
        is_model = node["resource_type"] == "model"
        ordered[name] = Statement(
            node["resource_type"],
            name.split(".")[2],
            node["compiled_code"],
            tuple(parent.split(".")[2] for parent in reads),
            _relation(node["schema"], node["alias"]) if is_model else None,
            kind == "qupersync_view",
        )

    for name in sorted(nodes, key=lambda name: (nodes[name]["resource_type"], name)):
        visit(name)
    return list(ordered.values())


def _relation(schema: str, name: str) -> str:
    return f"{quote(schema)}.{quote(name)}"


class _StandIns:
    """Empty relations in place of those that do not exist, in the transaction of a connection."""

    def __init__(self, connection: Any, manifest: dict[str, Any], package: str) -> None:
        self.rejected: set[str] = set()  # models without a relation
        self._connection = connection
        self._made: list[str] = []
        with connection.cursor() as cursor:
            cursor.execute("select table_schema, table_name from information_schema.tables")
            self._present = {_relation(schema, name) for schema, name in cursor.fetchall()}
        for statement in _base_tables(manifest, package, self._present):
            self._execute(statement)

    def add(self, statement: Statement) -> None:
        """The relation that the statement makes, without rows."""
        if statement.relation and statement.relation not in self._present:
            self._execute(
                f"create view {statement.relation} as {statement.sql}"
                if statement.view
                else f"create table {statement.relation} as select * from ({statement.sql}\n) as made where 1 = 0"
            )

    def reject(self, statement: Statement) -> None:
        """The statement makes no relation; what an earlier build made stays."""
        if statement.relation and statement.relation not in self._present:
            self.rejected.add(statement.name)

    def restore(self) -> None:
        """Make them again after an error has aborted the transaction."""
        self._connection.rollback()
        made, self._made = self._made, []
        for statement in made:
            self._execute(statement)

    def _execute(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
        self._made.append(statement)


def _base_tables(manifest: dict[str, Any], package: str, present: set[str]) -> Iterator[str]:
    """Statements that make the schemas, and the staging tables and seeds that are not ``present``."""
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    sources = list(manifest["sources"].values())
    own = [node for node in (*sources, *seeds, *models) if node["package_name"] == package]
    yield from sorted({f"create schema if not exists {quote(node['schema'])}" for node in own})
    for node in own:
        name = _relation(node["schema"], node.get("identifier") or node["alias"])
        if node["resource_type"] == "model" or name in present:
            continue
        types = node["config"].get("column_types") or {
            column["name"]: column["data_type"] for column in node["columns"].values()
        }
        columns = ", ".join(f"{quote(column)} {kind}" for column, kind in types.items())
        yield f"create table {name} ({columns})"
