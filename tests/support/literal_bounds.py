"""A static check of SQL: which reads of a table carry no literal bound.

A literal bound on a time or a growing number lets Redshift skip blocks by their zone maps, whatever the table's history. A
join with a few keys does not: Redshift has no indexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .parsed_sql import parsed

BOUNDS = frozenset({"synced_at", "start_time", "end_time", "record_time", "eventtime", "snapshot_date", "xid"})


def unbounded(sql: str, prefix: str, but: frozenset[str] = frozenset()) -> list[str]:
    """The tables that a statement reads without comparing one of :data:`BOUNDS` with a literal, in that table's own SELECT.

    Of the tables whose name begins with ``prefix``, ``but`` some.
    """
    from sqlglot import exp

    found = []
    (statement,) = parsed(sql)
    for table in statement.find_all(exp.Table):
        select = table.find_ancestor(exp.Select)
        if select is None or not table.name.startswith(prefix) or table.name in but:
            continue
        if not any(_bounds(condition, table.alias_or_name) for condition in _conditions(select)):
            found.append(f"{table.name} as {table.alias_or_name}")
    return found


def _conditions(select: Any) -> Iterator[Any]:
    """The predicates of a SELECT that all must hold."""
    from sqlglot import exp

    clauses = [join.args.get("on") for join in select.args.get("joins") or []]
    clauses.append(select.args["where"].this if select.args.get("where") else None)
    for clause in filter(None, clauses):
        yield from clause.flatten() if isinstance(clause, exp.And) else (clause,)


def _bounds(condition: Any, alias: str) -> bool:
    from sqlglot import exp

    if isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.Between):
        return _is_column(condition.this, alias) and all(_is_literal(condition.args[side]) for side in ("low", "high"))
    if isinstance(condition, (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.EQ)):
        sides = condition.this, condition.expression
        return any(_is_column(one, alias) and _is_literal(other) for one, other in (sides, sides[::-1]))
    return False


def _is_column(node: Any, alias: str) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Column) and node.table == alias and node.name in BOUNDS


def _is_literal(node: Any) -> bool:
    from sqlglot import exp

    while isinstance(node, (exp.Cast, exp.Paren, exp.Neg)):
        node = node.this
    return isinstance(node, exp.Literal)
