"""Batches on their way into staging: what PostgreSQL itself cannot hold, and so no simulated cluster can show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from qupersync.domain.system_views import SysConnectionLog
from qupersync.schema import arrow_schema
from qupersync.staging import Stager, SyncStamp

STAMP = SyncStamp("c", "s", datetime(2026, 5, 1))
READ = arrow_schema([column for column in SysConnectionLog.columns() if not column.derived])


def batch(*names: str | None) -> pa.RecordBatch:
    rows: list[dict[str, Any]] = [
        {"event": "e", "record_time": STAMP.synced_at, "session_id": n, "user_name": name}
        for n, name in enumerate(names)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=READ)


@pytest.mark.parametrize("where", range(3))
def test_a_row_with_a_nul_character_is_set_aside(where: int) -> None:
    names: list[str | None] = ["ann", "bob", None]
    names[where] = "e\x00ve"
    stager = Stager(SysConnectionLog, STAMP, "normalized")
    kept = stager.prepare(batch(*names))
    assert [row["session_id"] for row in kept.to_pylist()] == [n for n in range(3) if n != where]
    assert [row["reason"] for row in stager.rejected] == ["user_name holds a NUL character"]
    assert "\\u0000" not in str(stager.rejected[0]["row_values"])


def test_a_nul_outside_a_slice_sets_nothing_aside() -> None:
    stager = Stager(SysConnectionLog, STAMP, "normalized")
    assert stager.prepare(batch("a\x00", "bob", None).slice(1)).num_rows == 2
    assert stager.rejected == []
