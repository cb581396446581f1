"""How did the workload run?"""

from __future__ import annotations

from ..chart_helpers import by_hour_of_week, daily
from ..marts import Marts
from ..model import Column, Section, Table
from .columns import CLUSTER, number


def workload(marts: Marts) -> Section:
    """Queries, execution time and failures by day, and by who and what ran them."""
    hours = marts(
        """
        select cluster_id, query_hour, p95_execution_seconds as value from {marts}.query_performance_hourly
        where {selected} and query_day between %(week)s and %(last)s
        """
    )
    return Section(
        "workload", "How did the workload run?",
        charts=[
            daily(marts, "queries", "Queries per day", "queries", "sum(query_count)"),
            daily(marts, "execution", "Execution time per day", "hours", "sum(execution_seconds) / 3600"),
            by_hour_of_week(
                marts, "p95", "95th percentile of the execution time, by hour", "seconds", hours, "query_hour"
            ),
            daily(marts, "failed", "Failed queries per day", "queries", "sum(failed_count)"),
        ],
        tables=[
            _by(marts, "user_name", "user"), _by(marts, "application_name", "application"),
            _by(marts, "query_type", "query type"), _by(marts, "dbt_node_id", "dbt node"),
        ],
    )  # fmt: skip


def _by(marts: Marts, column: str, title: str) -> Table:
    rows = marts(
        f"""
        select cluster_id, {column} as name, sum(query_count) as queries, sum(failed_count) as failed,
            sum(execution_seconds) / 3600 as hours, sum(queue_seconds) / 3600 as queued, {{spill_gb}} as spill
        from {{marts}}.query_performance_daily where {{selected}} and query_day between %(first)s and %(last)s
        group by cluster_id, {column} order by hours desc, cluster_id, name limit %(rows)s
        """
    )
    columns = (
        CLUSTER, Column("name", title), number("queries", "queries"), number("failed", "failed"),
        number("hours", "execution h"), number("queued", "queued h"), number("spill", "spill GB"),
    )  # fmt: skip
    return Table(f"By {title}", columns, rows, "No queries in these days.")
