"""Concurrency by brute force: for each stretch of time between two events the queries of it are counted anew. No sweep, no SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

EPOCH = datetime(2026, 1, 1)
MICROSECOND = timedelta(microseconds=1)
HOUR = 3_600_000_000  # µs


@dataclass(frozen=True)
class Query:
    """A row of query_history, as far as concurrency depends on it."""

    start: int  # µs since EPOCH
    elapsed: int
    queue_time: int
    execution_time: int
    queue: Optional[str] = "etl"
    compute: Optional[str] = "primary"
    accelerated: Optional[bool] = False
    cached: bool = False
    label: Optional[str] = "default"

    @property
    def end(self) -> int:
        """In µs since EPOCH."""
        return self.start + self.elapsed

    @property
    def counts(self) -> bool:
        """Neither from the result cache nor of QuperSync."""
        return not self.cached and self.label != "qupersync"

    def parts(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """When it waited and when it ran."""
        runs = max(self.start, self.end - self.execution_time)
        return (max(self.start, runs - self.queue_time), runs), (runs, self.end)


def at(moment: int) -> datetime:
    """A time of `Query` as a timestamp."""
    return EPOCH + moment * MICROSECOND


def brute_concurrency(queries: Iterable[Query]) -> dict[tuple[datetime, str, str], dict[str, Any]]:
    """The rows of queue_concurrency_hourly of one cluster by hour, queue and compute type, without built_at."""
    active: dict[tuple[int, str, str], list[Query]] = defaultdict(list)
    for query in queries:
        (begin, _), (_, end) = query.parts()
        if query.counts and begin < end:
            for hour in range(begin // HOUR, (end - 1) // HOUR + 1):
                active[hour, query.queue or "", query.compute or ""].append(query)
    rows = {
        (at(hour * HOUR), queue, compute): _row(hour * HOUR, found) for (hour, queue, compute), found in active.items()
    }
    for (hour_begin, queue, _), row in rows.items():
        of_queue = sum(one["running_us"] for key, one in rows.items() if key[:2] == (hour_begin, queue))
        row["compute_type_pct"] = 100 * float(row["running_us"]) / of_queue if of_queue else None
    return rows


def _row(begin: int, queries: list[Query]) -> dict[str, Any]:
    end = begin + HOUR
    waits, runs = ([query.parts()[part] for query in queries] for part in (0, 1))
    events = {begin, end, *(moment for part in (*waits, *runs) for moment in part if begin < moment < end)}
    at_demand: dict[int, int] = defaultdict(int)
    row = {"peak_running": 0, "peak_waiting": 0, "running_us": 0, "waiting_us": 0, "jammed_us": 0}
    for first, last in zip(sorted(events), sorted(events)[1:]):
        waiting, running = (sum(a <= first and last <= b for a, b in parts) for parts in (waits, runs))
        length = last - first
        at_demand[waiting + running] += length
        row["peak_running"] = max(row["peak_running"], running)
        row["peak_waiting"] = max(row["peak_waiting"], waiting)
        row["running_us"] += running * length
        row["waiting_us"] += waiting * length
        row["jammed_us"] += length if waiting else 0
    slots = 0
    while 100 * sum(length for demand, length in at_demand.items() if demand <= slots) < 95 * HOUR:
        slots += 1
    return {
        **row,
        "query_day": at(begin).date(),
        "query_count": len(queries),
        "waited_count": sum(max(a, begin) < min(b, end) for a, b in waits),
        "short_query_count": sum(query.accelerated is True for query in queries),
        "slots_needed": slots,
        "mean_running": row["running_us"] / HOUR,
        "mean_waiting": row["waiting_us"] / HOUR,
        **{f"p{p}_queue_seconds": _percentile([query.queue_time for query in queries], p) for p in (50, 95, 99)},
        "oldest_start_time": at(min(query.start for query in queries)),
    }


def _percentile(times: list[int], percent: int) -> float:
    """In seconds, interpolated as percentile_cont does."""
    times, rank = sorted(times), percent * (len(times) - 1)
    low, rest = divmod(rank, 100)
    high = times[min(low + 1, len(times) - 1)]
    return (times[low] + (high - times[low]) * rest / 100) / 1e6
