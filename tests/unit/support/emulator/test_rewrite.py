"""The emulator's rewriting of Redshift SQL: constructs that only PostgreSQL has are rejected, Redshift's own pass."""

from __future__ import annotations

import pytest

from tests.support.emulator.rewrite import DENIED, RefusedError, rewrite

POSTGRES_ONLY = {
    "string_agg": "select string_agg(a, ',') from t",
    "generate_series": "select * from generate_series(1, 3)",
    "distinct on": "select distinct on (a) a from t",
    "on conflict": "insert into t values (1) on conflict do nothing",
    "filter": "select count(*) filter (where a > 1) from t",
    "lateral": "select * from t, lateral (select 1) u",
    "jsonb_": "select jsonb_build_object('a', 1)",
    "regexp_matches": "select regexp_matches(a, 'x') from t",
    "create index": "create index i on t (a)",
    "returning": "delete from t returning a",
    "unnest": "select unnest(a) from t",
    "make_date": "select make_date(2026, 1, 1)",
    "greatest": "select greatest(a, interval '1 day')",
    "to_char": "select to_char(a::interval, 'HH')",
    "materialized view": "create materialized view v as select 1",
    "qualify": "select a from t qualify row_number() over (order by a) = 1",
    "epoch": "select extract(epoch from a - b) from t",
    "interval": "select interval '1 day' * 3",
    "array": "select array[1, 2]",
    "now": "select now()",
    "advisory": "select pg_try_advisory_lock(1)",
    "analyze": 'analyze "query_history__dbt_tmp123"',
}


@pytest.mark.parametrize("statement", POSTGRES_ONLY.values(), ids=POSTGRES_ONLY)
def test_postgres_only_constructs_are_rejected(statement: str) -> None:
    with pytest.raises(RefusedError, match="Redshift has no"):
        rewrite(statement)


def test_every_denied_construct_is_tried() -> None:
    assert len(POSTGRES_ONLY) == len(DENIED)


@pytest.mark.parametrize(
    "statement",
    [
        "select 'string_agg(a)', \"returning\" from t -- now()",
        "select datediff(day, a, b) from t",
        "create table t (a varchar(max)) diststyle key distkey (a) sortkey (a)",
    ],
)
def test_redshift_constructs_pass(statement: str) -> None:
    rewrite(statement)
