"""The statements of a prune, as Redshift would read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from qupersync.warehouse.prune import _choose, _delete
from qupersync.warehouse.redshift import RedshiftWarehouse
from tests.support.correlated_subqueries import correlated_subqueries
from tests.support.emulator.rewrite import rewrite
from tests.support.redshift_grammar import unparsable
from tests.support.uncast_literals import uncast_literals


class Cursor:
    """Keeps the statements."""

    rowcount = 0

    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, sql: str) -> None:
        self.statements.append(sql)


def test_statements_are_redshift_s() -> None:
    """`delete from t as x` is none, and a literal has no type of its own."""
    cursor = Cursor()
    _choose(cast("Any", cursor), RedshiftWarehouse("dev", {}), {"a'b": datetime(2026, 5, 1), "c": datetime(2026, 5, 2)})
    _delete(cursor, '"qupersync_staging"')
    assert len(cursor.statements) > 15
    for sql in cursor.statements:
        assert rewrite(sql)  # what Redshift rejects is an error
        assert (unparsable(sql), uncast_literals(sql), correlated_subqueries(sql)) == ([], [], []), sql
