"""The static check for literal columns without a cast."""

from __future__ import annotations

import pytest

from tests.support.uncast_literals import uncast_literals


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("with c as (select 'a' as b, 1 as n from t) select b from c", ["'a' AS b"]),
        ("select a from t union all select 'x'", ["'x'"]),
        ("select x from (select null as x, ('y') as z from t) as u", ["NULL AS x", "('y') AS z"]),
        ("insert into t select distinct 'x' from u", ["'x'"]),
        ("insert into t select 'x' union all select 'y'", ["'x'", "'y'"]),
        ("create table t as (select 'x' as a)", ["'x' AS a"]),
    ],
)
def test_uncast_literals_are_found(sql: str, found: list[str]) -> None:
    assert uncast_literals(sql) == found


@pytest.mark.parametrize(
    "sql",
    [
        "select cast('a' as varchar(3)) as b, cast(null as timestamp) as c, 1 as n from t",
        "select case when a then 'x' else 'y' end as b, coalesce(c, '') as d from t where e = 'z'",
        "select a, 'actual' as \"actual_or_expected\" from t union all select a, 'expected' as \"actual_or_expected\" from u",
        "insert into t (a, b) select 'x', max(b) from u group by c",
        "select a from t where exists (select 1 from u) and b in ('x', 'y')",
    ],
)
def test_typed_columns_pass(sql: str) -> None:
    assert uncast_literals(sql) == []
