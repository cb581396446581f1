"""Rows of the lookback: staged again only when they changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Optional

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qupersync.domain.system_views import StlVacuum, SysQueryHistory, SystemView
from qupersync.domain.watermark import Instant
from qupersync.staging.arrow_schema import arrow_schema
from qupersync.staging.tables import staged_columns
from qupersync.sync import staged_rows
from qupersync.sync.staged_rows import KnownRows, StagedRows
from qupersync.sync.view_reader import _Seen

NOW = datetime(2026, 5, 1, 12)
MINUTE = timedelta(minutes=1)
OLDEST = NOW - timedelta(days=7)


def batch(view: type[SystemView], *rows: dict[str, Any], sync: str = "s1") -> pa.RecordBatch:
    schema = arrow_schema(staged_columns(view))
    stamp = {"cluster_id": "c", "sync_id": sync, "synced_at": NOW}
    made = [{**dict.fromkeys(schema.names), **stamp, **row} for row in rows]
    return pa.RecordBatch.from_pylist(made, schema=pa.schema([f.with_nullable(True) for f in schema]))


def query(query_id: int, start: datetime, end: Optional[datetime] = None, **more: Any) -> dict[str, Any]:
    status = "success" if end else "running"
    return {"query_id": query_id, "start_time": start, "end_time": end, "status": status, "query_text": "q", **more}


def syncs(
    view: type[SystemView], *readings: list[dict[str, Any]], lookback: timedelta = 15 * MINUTE, now: datetime = NOW
) -> list[list[dict[str, Any]]]:
    """What each of the readings stages."""
    staged, known = [], KnownRows(view)
    for rows in readings:
        since = now - lookback
        read = batch(view, *rows) if rows else None
        staged.append(known.new_only(read, since).to_pylist() if read else [])
        known.finish(OLDEST, since)
        assert known.after is not None
        known = KnownRows(view, known.after)
    return staged


def test_unchanged_rows_are_staged_once() -> None:
    rows = [query(1, NOW - 5 * MINUTE, NOW), query(2, NOW - 3 * MINUTE)]
    assert [len(one) for one in syncs(SysQueryHistory, rows, rows, rows)] == [2, 0, 0]


def test_a_changed_row_is_staged_again() -> None:
    running, ended = query(1, NOW - 5 * MINUTE), query(1, NOW - 5 * MINUTE, NOW)
    assert [len(one) for one in syncs(SysQueryHistory, [running], [ended], [ended])] == [1, 1, 0]


def test_a_row_that_changes_back_is_staged_again() -> None:
    """What counts is the last reading: the newest staged version must be what the view shows."""
    one, other = query(1, NOW, elapsed_time=1), query(1, NOW, elapsed_time=2)
    assert [len(found) for found in syncs(SysQueryHistory, [one], [other], [one])] == [1, 1, 1]


def test_null_is_not_blank_and_texts_do_not_run_together() -> None:
    rows = [query(1, NOW, username=None), query(1, NOW, username=""), query(1, NOW, app="ab", username="c"),
            query(1, NOW, app="a", username="bc")]  # fmt: skip
    staged = syncs(SysQueryHistory, *([row] for row in rows))
    assert [len(one) for one in staged] == [1, 1, 1, 1]


def test_rows_of_one_key_are_told_apart() -> None:
    """Events of a session at one instant share the key; each is staged once."""
    events = [{"xid": 1, "table_id": 2, "status": s, "eventtime": NOW} for s in ("Started", "Finished")]
    assert [len(one) for one in syncs(StlVacuum, events[:1], events, events)] == [1, 1, 0]


def test_a_failed_reading_keeps_what_was_known(tmp_path: Path) -> None:
    file = tmp_path / "staged.npz"
    first = StagedRows(file, None)
    known = first.of(SysQueryHistory)
    rows = batch(SysQueryHistory, query(1, NOW, NOW))
    assert known.new_only(rows, OLDEST).num_rows == 1
    known.finish(OLDEST, OLDEST)
    first.save("s1")
    second = StagedRows(file, "s1")
    second.of(SysQueryHistory).new_only(rows, OLDEST)
    second.of(SysQueryHistory).reset()  # the connection was lost, and the view never finished
    second.save("s2")
    assert StagedRows(file, "s2").of(SysQueryHistory).new_only(rows, OLDEST).num_rows == 0


def test_only_the_next_sync_of_the_lineage_uses_it(tmp_path: Path) -> None:
    file = tmp_path / "staged.npz"
    first = StagedRows(file, None)
    rows = batch(SysQueryHistory, query(1, NOW, NOW))
    first.of(SysQueryHistory).new_only(rows, OLDEST)
    first.of(SysQueryHistory).finish(OLDEST, OLDEST)
    first.save("s1")
    assert (file.stat().st_mode & 0o777) == 0o600
    for sync_id, staged in (("s1", 0), ("another machine's", 1), (None, 1)):
        assert StagedRows(file, sync_id).of(SysQueryHistory).new_only(rows, OLDEST).num_rows == staged
    file.write_bytes(file.read_bytes()[:-40])
    assert StagedRows(file, "s1").of(SysQueryHistory).new_only(rows, OLDEST).num_rows == 1


def test_a_first_sync_hashes_the_rows_of_the_lookback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oldest row first: the newest of each batch would make every row one of the lookback."""
    hashed = []
    monkeypatch.setattr(staged_rows, "_digest", lambda columns, seed: hashed.append(len(columns[0])) or columns[0])
    seen = _Seen(SysQueryHistory, Instant(NOW, NOW), 15 * MINUTE, KnownRows(SysQueryHistory), first=True)
    for hours in (3, 2, 1, 0):
        ended = NOW - timedelta(hours=hours)
        assert seen.note(batch(SysQueryHistory, query(hours, ended - MINUTE, ended))).num_rows == 1
    assert set(hashed) == {1} and len(hashed) == 3, "two lanes and the key of one row"


versions = st.lists(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.booleans()), max_size=5), min_size=1, max_size=6
)


@given(versions)
def test_the_newest_staged_version_is_what_the_view_showed_last(readings: list[list[tuple[int, int, bool]]]) -> None:
    """Whatever a key's versions were: staging with the cache ends at the same newest version as without it."""
    shown = [
        list({key: query(key, NOW, NOW if over else None, elapsed_time=n) for key, n, over in rows}.values())
        for rows in readings
    ]
    newest: dict[int, Any] = {}
    for rows in syncs(SysQueryHistory, *shown):
        newest.update({row["query_id"]: (row["elapsed_time"], row["status"]) for row in rows})
    last: dict[int, Any] = {}
    for read in shown:
        last.update({row["query_id"]: (row["elapsed_time"], row["status"]) for row in read})
    assert newest == last
