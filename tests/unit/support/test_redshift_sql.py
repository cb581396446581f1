"""The static check of Redshift SQL: every rule finds its construct, valid SQL passes."""

from __future__ import annotations

import pytest

from tests.support.redshift_sql import RULES, faults

FIRES = {
    "text": "select cast(a as text)",
    "varchar": "select a::varchar from t",
    "char": "select cast(a as char) from t",
    "numeric": "select cast(a as numeric) from t",
    "avg": "select avg(a) from t",
    "count_ratio": "select count(*) / 2 from t",
    "leader_only": "select substr(a, 1) from t",
    "now": "select now()",
    "byte_length": "select octet_length(a) from t",
    "left_cut": "select left(a, 100) from t",
    "generate_series": "select * from generate_series(1, 2)",
    "distinct_on": "select distinct on (a) b from t",
    "filter": "select count(*) filter (where a) from t",
    "lateral": "select * from t, lateral (select 1) u",
    "string_agg": "select string_agg(a, ',') from t",
    "regexp_matches": "select regexp_matches(a, 'x') from t",
    "epoch_of_difference": "select extract(epoch from a - b) from t",
    "timestamp_difference": "select date_part(epoch from a) from t",
    "interval_times": "select interval '1 day' * 3",
    "make": "select make_date(2026, 1, 1)",
    "bool_agg": "select every(a) from t",
    "greatest_null": "select width_bucket(a, 1, 2, 3) from t",
    "on_conflict": "insert into t values (1) on conflict do nothing",
    "materialized": "create materialized view v as select 1",
    "correlated_limit": "select (select a from u where u.b = t.b limit 1) from t",
    "full_width": "select cast(a as super) from t",
    "hash": "select md5(cast(a as text)) from t",
}


@pytest.mark.parametrize("rule", RULES)
def test_rule_fires(rule: str) -> None:
    assert any(fault.startswith(f"{rule}:") for fault in faults(FIRES[rule])), faults(FIRES[rule])


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(a as varchar(12)), cast(b as numeric(38, 0)), avg(cast(c as double precision)) from t",
        "select 'now() as text' -- string_agg(a)",
        "select case when a then 1 end as textual, substring(a, 1, 3) from t",
    ],
)
def test_valid_sql_passes(sql: str) -> None:
    assert faults(sql) == []
