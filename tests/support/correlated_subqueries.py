"""A static check of SQL: correlated subqueries.

Redshift decorrelates some and rejects others (AWS, "Correlated subqueries": references that skip a query block, in an ON clause,
in a window, in a GROUP BY …; in practice also inequalities). None is needed: a join says the same.
"""

from __future__ import annotations

from .parsed_sql import parsed


def correlated_subqueries(sql: str) -> list[str]:
    """The references of a statement's subqueries to tables of an outer query."""
    from sqlglot import exp

    found = []
    for statement in parsed(sql):
        for column in statement.find_all(exp.Column):
            if column.table and not _is_local(column):
                found.append(column.sql())
    return found


def _is_local(column: object) -> bool:
    """Is the column's table in the FROM clause of its own query, or in no query's (a DELETE's, say)?"""
    from sqlglot import exp

    assert isinstance(column, exp.Column)
    query = column.find_ancestor(exp.Select)
    own = query
    while query is not None:
        if column.table in _sources(query):
            return query is own
        query = query.find_ancestor(exp.Select)
    return own is None or column.find_ancestor(exp.Subquery, exp.Exists, exp.In) is None


def _sources(query: object) -> set[str]:
    from sqlglot import exp

    assert isinstance(query, exp.Select)
    tables = [query.args.get("from_") or query.args.get("from"), *(query.args.get("joins") or [])]
    return {table.this.alias_or_name for table in tables if table is not None}
