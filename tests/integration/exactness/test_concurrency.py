"""Concurrency by the hour equals a brute-force count, to the microsecond: built from nothing, and after queries came and changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Optional

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg2.extras import execute_values

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.brute_concurrency import HOUR, Query, at, brute_concurrency
from tests.support.dbt_runs import dbt
from tests.support.warehouses import Warehouses, execute

HISTORIES = 100  # each a cluster of its own
FEW = 40  # with late queries: few enough that each span of hours has bounds of its own
MART = "qupersync_marts.queue_concurrency_hourly"

HOURS = 3  # in which queries start: few, so that they meet
minutes = st.integers(0, HOURS * 12).map(lambda n: n * HOUR // 12)
near_an_hour = st.builds(lambda hour, beside: max(hour * HOUR + beside, 0), st.integers(0, HOURS), st.integers(-1, 1))
near_5_percent = st.integers(-1, 1).map(lambda beside: HOUR // 20 + beside)  # of an hour: the bound of slots_needed
half_hours = st.integers(1, 60).map(lambda n: n * HOUR // 2)
moments = minutes | near_an_hour | st.integers(0, HOURS * HOUR)
lengths = near_5_percent | minutes | st.integers(0, HOUR // 10) | st.integers(0, 3)
WAYS = {"runs": (0, 1), "waits": (1, 0), "both": (0.5, 0.5), "reports more": (1, 1), "reports less": (0, 0.25)}


def _query(way: str, queue_time: int, execution_time: int, **columns: Any) -> Query:
    """A query that waits and runs for a share of its time, or reports any times."""
    if way in WAYS:
        queue_time, execution_time = (int(share * columns["elapsed"]) for share in WAYS[way])
    return Query(queue_time=queue_time, execution_time=execution_time, **columns)


def _queries(elapsed: st.SearchStrategy[int]) -> st.SearchStrategy[Query]:
    return st.builds(
        _query,
        way=st.sampled_from([*WAYS, "reports any"]),
        queue_time=lengths,
        execution_time=lengths,
        start=moments,
        elapsed=elapsed,
        queue=st.sampled_from(["etl", "etl", "etl", "bi", None]),
        compute=st.sampled_from(["primary", "primary", "primary", "primary-scale", None]),
        accelerated=st.sampled_from([True, False, None]),
        cached=st.sampled_from([False] * 9 + [True]),
        label=st.sampled_from(["default", None] * 5 + ["qupersync"]),
    )


queries = _queries(lengths | half_hours)
short_queries = _queries(lengths)


@dataclass(frozen=True)
class History:
    """Queries of a cluster by id; what a later build finds in their place, and beyond them; and what came after that."""

    first: list[Query]
    changed: list[Optional[Query]]
    late: list[Query]

    def after_changes(self) -> list[Query]:
        """A query keeps its id and its start when it changes; what is beyond is new."""
        found = list(self.first)
        for number, query in enumerate(self.changed[: len(found)]):
            if query:
                found[number] = replace(query, start=found[number].start)
        return [*found, *filter(None, self.changed[len(found) :])]

    def after_late_queries(self) -> list[Query]:
        """Short ones: longer queries of before reach into their hours and beyond."""
        return [*self.after_changes(), *self.late]


def histories() -> list[History]:
    """Examples of hypothesis's."""
    firsts = st.lists(queries, min_size=1, max_size=8)
    changes = st.lists(st.none() | queries, max_size=8)
    made: list[History] = []

    @settings(
        max_examples=HISTORIES, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.builds(History, firsts, changes, st.lists(short_queries, min_size=1, max_size=2)))
    def collect(history: History) -> None:
        made.append(history)

    collect()
    return made


def _write(warehouse: Warehouse, clusters: dict[str, list[Query]], built_at: datetime, before: Any = None) -> None:
    """Put the queries that differ from those `before` into query_history, as a build would have."""
    columns = (
        "cluster_id, query_id, start_time, end_time, elapsed_time_us, queue_time_us, execution_time_us, queue_name, compute_type, "
        "is_short_query_accelerated, is_cache_hit, query_label, built_at"
    )
    same = "query_hash, user_name, application_name, database_name, status, query_type"
    zero = (
        "query_hash_version, compile_time_us, planning_time_us, lock_wait_time_us, rows_returned, bytes_returned, bytes_scanned, "
        "spilled_blocks, execution_seconds, spill_gb"
    )
    rows = [
        (cluster, number, at(q.start), at(q.end), q.elapsed, q.queue_time, q.execution_time, q.queue, q.compute,
         q.accelerated, q.cached, q.label, built_at)
        for cluster, found in clusters.items()
        for number, q in enumerate(found)
        if [q] != (before or {}).get(cluster, [])[number : number + 1]
    ]  # fmt: skip
    connection = warehouse.connect()
    with connection, connection.cursor() as cursor:
        execute_values(
            cursor, "delete from qupersync.query_history where (cluster_id, query_id) in (%s)", [r[:2] for r in rows]
        )
        execute_values(
            cursor,
            f"insert into qupersync.query_history ({columns}, {same}, {zero}, has_detail, synced_at) values %s",
            [(*row, *["success"] * 6, *[0] * 10, False, built_at) for row in rows],
        )  # fmt: skip
    connection.close()
    assert rows


def _found(warehouse: Warehouse) -> dict[str, dict[tuple[datetime, str, str], dict[str, Any]]]:
    found: dict[str, dict[tuple[datetime, str, str], dict[str, Any]]] = {}
    for (row,) in execute(warehouse, f"select row_to_json(mart) from {MART} as mart"):
        del row["built_at"]
        key = datetime.fromisoformat(row.pop("query_hour")), row.pop("queue_name"), row.pop("compute_type")
        row["query_day"] = datetime.fromisoformat(row["query_day"]).date()
        row["oldest_start_time"] = datetime.fromisoformat(row["oldest_start_time"])
        of_cluster = found.setdefault(row.pop("cluster_id"), {})
        assert key not in of_cluster
        of_cluster[key] = row
    return found


def _wanted(clusters: dict[str, Iterable[Query]]) -> dict[str, dict[tuple[datetime, str, str], dict[str, Any]]]:
    wanted = {cluster: brute_concurrency(found) for cluster, found in clusters.items()}
    for rows in wanted.values():
        for row in rows.values():  # all but percentiles, which are interpolated, to the last unit
            row.update(
                {name: pytest.approx(value, abs=1e-9) for name, value in row.items() if name.endswith("_seconds")}
            )
    return {cluster: rows for cluster, rows in wanted.items() if rows}


def _same(warehouse: Warehouse, clusters: dict[str, list[Query]]) -> None:
    found, wanted = _found(warehouse), _wanted(dict(clusters))
    for cluster, rows in wanted.items():
        assert found.get(cluster) == rows, clusters[cluster]
    assert set(found) == set(wanted)


def test_concurrency_equals_brute_force(project: Project, warehouses: Warehouses, empty: Warehouse) -> None:
    warehouse, made, day = warehouses.make(template=empty), histories(), datetime(2026, 2, 1)
    first = {f"c{n}": history.first for n, history in enumerate(made)}
    _write(warehouse, first, day)
    run = ("run", "--select", "queue_concurrency_hourly")
    dbt(warehouse, *run, "--full-refresh", project=project)
    _same(warehouse, first)
    # Every cluster changes: between the first and the last of its hours all are aggregated again.
    second = {f"c{n}": history.after_changes() for n, history in enumerate(made)}
    _write(warehouse, second, day + timedelta(days=1), first)
    dbt(warehouse, *run, project=project)
    _same(warehouse, second)
    few = {f"c{n}": history.after_late_queries() for n, history in enumerate(made[:FEW])}
    _write(warehouse, few, day + timedelta(days=2), second)
    dbt(warehouse, *run, project=project)
    _same(warehouse, {**second, **few})
