"""The static check of correlated subqueries finds them in every clause, and nothing in joins."""

from __future__ import annotations

import pytest

from tests.support.correlated_subqueries import correlated_subqueries


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select * from a where exists (select 1 from b where b.x = a.x)", ["a.x"]),
        ("select (select max(b.y) from b where b.x > a.x) from a", ["a.x"]),
        ("select * from a where a.x not in (select b.x from b where b.y < a.y)", ["a.y"]),
        ("delete from t where exists (select 1 from i where i.x = t.x)", ["t.x"]),
        ("select * from a where exists (select 1 from b where exists (select 1 from c where c.x = a.x))", ["a.x"]),
    ],
)
def test_references_to_an_outer_query_are_found(sql: str, found: list[str]) -> None:
    assert correlated_subqueries(sql) == found


@pytest.mark.parametrize(
    "sql",
    [
        "select * from a inner join (select b.x from b) as c on a.x = c.x where a.x in (select d.x from d)",
        "with q as (select a.x from a) select q.x from q where q.x = (select max(a.x) from a)",
        "delete from t where (x, y) in (select i.x, i.y from i)",
        "delete from s.t using u where t.x = u.x",
        "insert into t (x) select a.x from a union all select b.x from b",
    ],
)
def test_joins_and_independent_subqueries_pass(sql: str) -> None:
    assert correlated_subqueries(sql) == []
