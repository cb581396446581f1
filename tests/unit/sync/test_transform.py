"""Rows that a batch rejects: those that PostgreSQL cannot hold, and so no simulated cluster can show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from qupersync.domain.system_views import SysConnectionLog
from qupersync.staging.arrow_schema import arrow_schema
from qupersync.sync.runs import SyncStamp
from qupersync.sync.transform import RowTransform

STAMP = SyncStamp("c", "s", datetime(2026, 5, 1))
READ = arrow_schema([column for column in SysConnectionLog.columns() if not column.derived])


def batch(*names: str | None) -> pa.RecordBatch:
    rows: list[dict[str, Any]] = [
        {"event": "e", "record_time": STAMP.synced_at, "session_id": n, "user_name": name}
        for n, name in enumerate(names)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=READ)


@pytest.mark.parametrize("where", range(3))
def test_nul_character_rejects_its_row(where: int) -> None:
    names: list[str | None] = ["ann", "bob", None]
    names[where] = "e\x00ve"
    transform = RowTransform(SysConnectionLog, STAMP, "normalized")
    kept = transform.prepare(batch(*names))
    assert [row["session_id"] for row in kept.to_pylist()] == [n for n in range(3) if n != where]
    assert [row["reason"] for row in transform.rejected] == ["user_name holds a NUL character"]
    assert "\\u0000" not in str(transform.rejected[0]["row_values"])


def test_nul_outside_a_slice_rejects_nothing() -> None:
    transform = RowTransform(SysConnectionLog, STAMP, "normalized")
    assert transform.prepare(batch("a\x00", "bob", None).slice(1)).num_rows == 2
    assert transform.rejected == []
