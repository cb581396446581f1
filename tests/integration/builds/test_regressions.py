"""query_regressions finds planted changes, dates and explains them, and leaves alone what did not change.

Thousands of made-up histories are put in as daily times, and the compiled model runs over all of them at once. The
figures of docs/regressions.md are this test's: `pytest -s` prints them.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.dbt_runs import dbt
from tests.support.pattern_times import DAYS, PatternTimes, pattern_times
from tests.support.warehouses import Warehouses, execute

HISTORIES = 1000  # with a change, and as many without
FIRST = date(2026, 5, 4)
COLUMNS = """cluster_id query_day query_hash query_hash_version first_user_name last_user_name run_count detailed_count
    cache_hit_count p50_execution_seconds queue_time_us compile_time_us lock_wait_time_us rows_returned bytes_scanned
    spilled_blocks built_at""".split()


@dataclass(frozen=True)
class Found:
    """A row of the mart."""

    day: int
    factor: float
    low: float
    high: float
    direction: str
    explanation: str


@dataclass(frozen=True)
class Outcome:
    """The histories, and what was found: by cluster and pattern."""

    changed: list[PatternTimes]
    found: dict[tuple[str, str], Found]

    def hits(self, cluster: str = "{}") -> dict[int, Found]:
        """The changed histories that were found, with their right direction. The default: each in its own cluster."""
        rows = {n: self.found.get((cluster.format(f"changed{n}"), f"changed{n}")) for n in range(HISTORIES)}
        return {
            n: row for n, row in rows.items() if row and (row.direction == "slower") == (self.changed[n].factor > 1)
        }

    def false(self, cluster: str = "{}") -> int:
        """How many histories without a change were found."""
        return sum((cluster.format(f"same{n}"), f"same{n}") in self.found for n in range(HISTORIES))


def _copy(warehouse: Warehouse, relation: str, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    text = io.StringIO("".join("\t".join(map(str, row)) + "\n" for row in rows))
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.copy_expert(f"copy {relation} ({', '.join(columns)}) from stdin", text)
            cursor.execute(f"analyze {relation}")
    finally:
        connection.close()


def _rows(cluster: str, name: str, history: PatternTimes) -> list[tuple[object, ...]]:
    return [
        (cluster, FIRST + timedelta(days=n), name, 1, "ann", "ann", runs, runs, 0, history.medians[n], 0, 0, 0, runs,
         int(runs * history.bytes_per_run[n]), 0, "2026-06-01")
        for n in history.days for runs in [history.runs[n]]
    ]  # fmt: skip


@pytest.fixture(scope="module")
def outcome(project: Project, warehouses: Warehouses, home: Path) -> Outcome:
    warehouse = warehouses.make()
    dbt(warehouse, "run", "--select", "+query_regressions", project=project)
    changed = [pattern_times(seed, True) for seed in range(HISTORIES)]
    named = {f"changed{n}": history for n, history in enumerate(changed)}
    named |= {f"same{n}": pattern_times(HISTORIES + n, False) for n in range(HISTORIES)}
    rows, clusters = [], {"mixed", "unchanged", *named}
    for name, history in named.items():  # in a cluster of its own, and beside all others
        rows += _rows(name, name, history) + _rows("mixed", name, history)
        rows += [] if name.startswith("changed") else _rows("unchanged", name, history)
    _copy(warehouse, "qupersync_marts.query_pattern_times_daily", COLUMNS, rows)
    newest = FIRST + timedelta(days=DAYS, hours=12)
    runs = [(cluster, "s", newest, "v", "ok", 0, 0, newest, newest) for cluster in sorted(clusters)]
    columns = "cluster_id sync_id synced_at view_name outcome rows_read rows_rejected started_at finished_at".split()
    _copy(warehouse, "qupersync_staging.sync_runs", columns, runs)
    (compiled,) = (home / "target" / warehouse.target / "plain" / "compiled").rglob("marts/*/query_regressions.sql")
    found = execute(
        warehouse,
        f"""select cluster_id, query_hash, change_day, factor, factor_low, factor_high, direction, explanation
        from ({compiled.read_text(encoding="utf-8")}) as found""",
    )
    return Outcome(changed, {(c, h): Found((day - FIRST).days, *more) for c, h, day, *more in found})


def test_changes_are_found_and_dated(outcome: Outcome) -> None:
    """With one history a cluster, and with a thousand changed ones among as many others."""
    hits, among_others = outcome.hits(), outcome.hits("mixed")
    recall, recall_among_others = len(hits) / HISTORIES, len(among_others) / HISTORIES
    late = [abs(row.day - outcome.changed[n].change_day) for n, row in hits.items()]
    within, exact = (sum(days <= most for days in late) / len(hits) for most in (1, 0))
    covered = sum(row.low <= outcome.changed[n].factor <= row.high for n, row in hits.items()) / len(hits)
    print(
        f"\nrecall {recall:.3f}, among others {recall_among_others:.3f}; on the day {exact:.3f}, within one {within:.3f};"
        f" the interval has the factor {covered:.3f}"
    )
    for faster in (True, False):
        planted = {n for n, history in enumerate(outcome.changed) if (history.factor < 1) == faster}
        print(
            f"{'faster' if faster else 'slower'}: {len(planted)} planted, recall {len(planted & set(hits)) / len(planted):.3f}"
        )
        assert len(planted & set(hits)) >= 0.95 * len(planted)
    assert recall >= 0.95
    assert recall_among_others >= 0.95
    assert within >= 0.9
    assert covered >= 0.9


def test_nothing_is_found_where_nothing_changed(outcome: Outcome) -> None:
    """One history a cluster; a thousand in one; and a thousand among as many that changed."""
    alone, together, mixed = outcome.false(), outcome.false("unchanged"), outcome.false("mixed")
    found_among_others = sum(cluster == "mixed" for cluster, _ in outcome.found)
    print(
        f"\nfalse: {alone} of {HISTORIES} clusters, {together} of {HISTORIES} patterns, {mixed} of {found_among_others} found"
    )
    assert alone <= 0.05 * HISTORIES
    assert together <= 0.003 * HISTORIES
    assert mixed <= 0.05 * found_among_others


def test_changes_are_explained(outcome: Outcome) -> None:
    """Bytes are named where they changed, and nothing where nothing else did."""
    for n, row in outcome.hits().items():
        history = outcome.changed[n]
        if history.reads_more and abs(row.day - history.change_day) <= 1:
            assert row.explanation.startswith("scans "), row
            assert math.isclose(float(row.explanation.split()[1]), history.factor, rel_tol=0.5), row
        elif not history.reads_more:
            assert row.explanation == "none of the recorded causes changed with it", row
