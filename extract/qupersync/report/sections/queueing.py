"""Where do queries wait?"""

from __future__ import annotations

from ..chart_helpers import by_hour_of_week, daily
from ..marts import Marts
from ..model import Column, Section, Table
from .columns import CLUSTER, number


def queueing(marts: Marts) -> Section:
    """Time in the queue by day and by WLM queue, and the hours in which most queries waited."""
    rows = marts(
        """
        select cluster_id, queue_name, sum(query_count) as queries, sum(queue_seconds) / 3600 as queued,
            sum(execution_seconds) / 3600 as hours,
            100 * sum(queue_seconds) / nullif(sum(queue_seconds + execution_seconds), 0) as pct
        from {marts}.query_performance_daily where {selected} and query_day between %(first)s and %(last)s
        group by cluster_id, queue_name order by queued desc, cluster_id, queue_name limit %(rows)s
        """
    )
    columns = (
        CLUSTER, Column("queue_name", "queue"), number("queries", "queries"), number("queued", "queued h"),
        number("hours", "execution h"), number("pct", "waited %"),
    )  # fmt: skip
    waiting = marts(
        """
        select cluster_id, query_hour, sum(mean_waiting) as value from {marts}.queue_concurrency_hourly
        where {selected} and query_day between %(week)s and %(last)s group by cluster_id, query_hour
        """
    )
    return Section(
        "queueing", "Where do queries wait?",
        charts=[
            daily(marts, "queue", "Queue time per day", "hours", "sum(queue_seconds) / 3600"),
            by_hour_of_week(
                marts, "waiting", "Queries that wait at once, on average of each hour", "queries", waiting, "query_hour"
            ),
        ],
        tables=[Table("By queue", columns, rows, "No queries in these days."), _fullest_hours(marts)],
    )  # fmt: skip


def _fullest_hours(marts: Marts) -> Table:
    rows = marts(
        """
        select cluster_id, query_hour, queue_name, compute_type, mean_waiting, peak_waiting, mean_running, peak_running,
            slots_needed, p95_queue_seconds
        from {marts}.queue_concurrency_hourly
        where {selected} and query_day between %(first)s and %(last)s and waiting_us > 0
        order by waiting_us desc, cluster_id, query_hour, queue_name, compute_type limit %(rows)s
        """
    )
    columns = (
        CLUSTER, Column("query_hour", "hour", "time"), Column("queue_name", "queue"), Column("compute_type", "ran on"),
        number("mean_waiting", "waiting"), number("peak_waiting", "most waiting"), number("mean_running", "running"),
        number("peak_running", "most running"), number("slots_needed", "slots for 95 %"),
        number("p95_queue_seconds", "p95 wait s"),
    )  # fmt: skip
    return Table("Hours with the most waiting", columns, rows, "No query waited in these days.")
