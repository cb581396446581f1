"""The watermark as SQL."""

from __future__ import annotations

from datetime import datetime

from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.domain.watermark import Window
from qupersync.redshift.watermark_predicate import watermark_predicate

QUERIES, CONNECTIONS, TABLES = (SYSTEM_VIEWS[n] for n in ("sys_query_history", "sys_connection_log", "svv_table_info"))
START, CHANGED = datetime(2026, 5, 1), datetime(2026, 5, 3, 12, 0, 0, 5)


def test_all_rows_without_a_watermark_and_of_a_snapshot() -> None:
    assert watermark_predicate(QUERIES, Window(), ["status"]) == ""
    assert watermark_predicate(TABLES, Window(START), []) == ""


def test_start_condition_alone_for_events() -> None:
    expected = "\"record_time\" >= '2026-05-01 00:00:00.000000'::timestamp"
    assert watermark_predicate(CONNECTIONS, Window(START, CHANGED, (7,)), []) == expected


def test_changed_rows_and_those_in_flight() -> None:
    assert watermark_predicate(QUERIES, Window(START, CHANGED, (7, 9)), ["status"]) == (
        '"start_time" >= \'2026-05-01 00:00:00.000000\'::timestamp and ("end_time" is null'
        " or \"end_time\" >= '2026-05-03 12:00:00.000005'::timestamp"
        " or coalesce(rtrim(\"status\"), '') not in ('success', 'failed', 'canceled')"
        ' or "query_id" in (7, 9))'
    )


def test_missing_status_column_is_not_asked_for() -> None:
    assert "status" not in watermark_predicate(QUERIES, Window(START, CHANGED), ["query_id"])
