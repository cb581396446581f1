"""The staging tables as dlt has them."""

from __future__ import annotations

from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.staging.dlt_schema import dlt_columns
from qupersync.staging.tables import STAGING_TABLES


def test_dlt_columns_have_type_length_and_nullability() -> None:
    columns = dlt_columns(SYSTEM_VIEWS["sys_query_history"])
    assert list(columns)[:3] == ["cluster_id", "sync_id", "synced_at"]
    assert [name for name, column in columns.items() if column.get("sort")] == ["synced_at"]
    assert columns["start_time"] | {"description": ""} == {
        "name": "start_time", "data_type": "timestamp", "timezone": False, "precision": 6, "nullable": False,
        "description": "",
    }  # fmt: skip
    assert columns["query_label"]["precision"] == 320
    # Redshift reserves a column's whole width when it sorts or joins: 4,000 characters of up to four bytes.
    assert (columns["query_text"]["precision"], columns["error_message"]["precision"]) == (16_384, 4_096)
    assert columns["end_time"]["nullable"]
    assert set(STAGING_TABLES) >= {"sync_runs", "clusters", "rejected_rows"}
