"""A static check of SQL for Redshift: literals without a cast as columns of queries.

Such a column has the type ``unknown``. Redshift, like PostgreSQL before version 10, fails when it is sorted, partitioned by,
compared, cast or united ("failed to find conversion function from unknown to text").
"""

from __future__ import annotations

from typing import Any

from .parsed_sql import parsed

# A column of dbt's own unit test query: dbt Labs run it on Redshift.
OF_UNIT_TESTS = "actual_or_expected"


def uncast_literals(sql: str) -> list[str]:
    """The columns of a statement's queries that are literals or NULL without a cast: ``'x' as subject``.

    Not those of a plain ``insert … select``: the table's columns give them their types. Not numbers, which have a type.
    """
    from sqlglot import exp

    found: list[str] = []
    for statement in parsed(sql):
        typed = _typed_by_insert(statement)
        for select in statement.find_all(exp.Select):
            if select is typed:
                continue
            found += [column.sql() for column in select.expressions if _is_unknown(column)]
    return found


def _typed_by_insert(statement: Any) -> Any:
    from sqlglot import exp

    query = statement.expression if isinstance(statement, exp.Insert) else None
    return query if isinstance(query, exp.Select) and not query.args.get("distinct") else None


def _is_unknown(column: Any) -> bool:
    from sqlglot import exp

    inner = column.this if isinstance(column, exp.Alias) else column
    if column.alias_or_name == OF_UNIT_TESTS:
        return False
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return isinstance(inner, exp.Null) or (isinstance(inner, exp.Literal) and inner.is_string)
