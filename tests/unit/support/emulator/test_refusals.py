"""The emulator rejects what Redshift rejects, with Redshift's message, and lets the rest pass."""

from __future__ import annotations

import pytest

from tests.support.emulator.refusals import POLICY, REFUSED, Refusal, against_policy
from tests.support.emulator.rewrite import RefusedError, rewrite

REJECTED = {
    "string_agg": "select string_agg(a, ',') from t",
    "array_agg": "select array_agg(a) from t",
    "generate_series": "select * from generate_series(1, 3)",
    "distinct_on": "select distinct on (a) a from t",
    "on_conflict": "insert into t values (1) on conflict do nothing",
    "filter": "select count(*) filter (where a > 1) from t",
    "lateral": "select * from t, lateral (select 1) u",
    "ordinality": "select * from f(a) with ordinality u",
    "for_update": "select a from t for update",
    "json": "select jsonb_build_object('a', 1)",
    "regexp_matches": "select regexp_matches(a, 'x') from t",
    "unnest": "select unnest(a) from t",
    "make": "select make_date(2026, 1, 1)",
    "advisory_lock": "select pg_try_advisory_lock(1)",
    "to_regclass": "select to_regclass('t')",
    "width_bucket": "select width_bucket(a, 1, 2, 3) from t",
    "create_index": "create index i on t (a)",
    "trigger": "create sequence s",
    "returning": "delete from t returning a",
    "delete_alias": 'delete from "s".t as old where old.a = 1',
    "materialized_cte": "with c as materialized (select 1) select * from c",
    "add_columns": "alter table t add column if not exists a bigint",
    "unlogged": "create unlogged table t (a bigint)",
    "array": "select array[1, 2]",
    "now": "select now()",
    "epoch": "select extract(epoch from a - b) from t",
    "interval_times": "select interval '1 day' * 3",
    "greatest": "select greatest(a, interval '1 day')",
    "to_char": "select to_char(a::interval, 'HH')",
    "explain": "explain (analyze) select 1",
    "large_varchar": "create table t (a varchar(65536))",
    "materialized_view": "create materialized view v as select 1",
    "qualify": "select a from t qualify row_number() over (order by a) = 1",
}
AGAINST_POLICY = {
    "primary_key": "create table t (a bigint, primary key (a))",
    "analyze_temporary": 'analyze "query_history__dbt_tmp123"',
}


@pytest.mark.parametrize("refusal", REFUSED, ids=lambda refusal: refusal.name)
def test_rejected(refusal: Refusal) -> None:
    with pytest.raises(RefusedError) as raised:
        rewrite(REJECTED[refusal.name])
    assert raised.value.message.startswith(refusal.message.split("{}")[0])
    assert raised.value.sqlstate == refusal.sqlstate


def test_every_rule_is_tried() -> None:
    assert sorted(REJECTED) == sorted(refusal.name for refusal in REFUSED)
    assert sorted(AGAINST_POLICY) == sorted(policy.name for policy in POLICY)


@pytest.mark.parametrize("policy", POLICY, ids=lambda policy: policy.name)
def test_policies_are_reported(policy: Refusal) -> None:
    found = against_policy(AGAINST_POLICY[policy.name])
    assert [words.split(":")[0] for words in found] == [policy.name]


P = "percentile_cont(0.5) within group (order by {})"


@pytest.mark.parametrize(
    "sql",
    [
        f"select {P.format('a')}, {P.format('b')} from t",
        f"select {P.format('a')}, median(b) from t",
        f"select cast({P.format('a')} as real), round(cast({P.format('b')} as real)) from t",
        f"select x from (select {P.format('a')} as x, {P.format('a desc')} as y from t) as u",
        f"with c as (select {P.format('a')} as x, {P.format('coalesce(a, 0)')} as y from t) select * from c",
        f"select 1 union all select {P.format('a')} + {P.format('b')} from t",
    ],
)
def test_two_sort_orders_are_rejected(sql: str) -> None:
    with pytest.raises(RefusedError, match="within group ORDER BY clauses for aggregate functions must be the same"):
        rewrite(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"select {P.format('a')}, percentile_cont(0.9) within group ( order  by A ) from t",
        f"select {P.format('a')} from t union all select {P.format('b')} from t",
        f"select * from (select {P.format('a')} as x from t) as l, (select {P.format('b')} as y from t) as r",
        f"select {P.format('a')}, (select {P.format('b')} from u) from t",
        "select 'string_agg(a)', \"returning\" from t -- now()",
        "select datediff(day, a, b) from t",
        "create table t (a varchar(max)) diststyle key distkey (a) sortkey (a)",
        "delete from t using u where t.a = u.a",
        "delete from s.t where exists (select 1 from u as x where x.a = t.a)",
        "create table as_of (a bigint not null)",
    ],
)
def test_redshift_constructs_pass(sql: str) -> None:
    rewrite(sql)
    assert against_policy(sql) == []


def test_redshift_ddl_is_rewritten() -> None:
    sql = 'create temporary table "t" diststyle key distkey (a) compound sortkey(b, c) as (select 1)'
    assert " ".join(rewrite(sql).split()) == 'create temporary table "t" as (select 1)'
