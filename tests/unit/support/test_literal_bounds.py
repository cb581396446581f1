"""The static check of literal bounds finds what a join alone bounds."""

from __future__ import annotations

import pytest

from tests.support.literal_bounds import unbounded


@pytest.mark.parametrize(
    "sql",
    [
        "select * from stg_a as a inner join keys on a.id = keys.id",
        "select * from stg_a as a where a.synced_at > other",
        "select * from stg_a as a where a.synced_at > '2026-01-01' or a.id = 1",
        "select * from stg_a as a inner join stg_b as b on a.id = b.id and b.start_time > cast('2026-01-01' as timestamp)",
        "with c as (select id from stg_a as a) select * from c where c.synced_at > '2026-01-01'",
    ],
)
def test_unbounded_reads_are_found(sql: str) -> None:
    assert unbounded(sql, "stg_") == ["stg_a as a"]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from stg_a as a where a.synced_at between cast('2026-01-01' as timestamp) and '2026-01-02'",
        "select * from keys inner join stg_a as a on a.id = keys.id and a.xid between 3 and 9",
        "select * from (select * from stg_a as a where a.id = 1 and (a.start_time >= '2026-01-01')) as b",
        "select * from other",
    ],
)
def test_bounded_reads_pass(sql: str) -> None:
    assert unbounded(sql, "stg_") == []
