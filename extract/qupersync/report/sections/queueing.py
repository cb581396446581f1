"""Where do queries wait?"""

from __future__ import annotations

from ..chart_helpers import daily
from ..marts import Marts
from ..model import Column, Section, Table
from .columns import CLUSTER, number


def queueing(marts: Marts) -> Section:
    """Time in the queue by day and by WLM queue."""
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
    return Section(
        "queueing", "Where do queries wait?",
        charts=[daily(marts, "queue", "Queue time per day", "hours", "sum(queue_seconds) / 3600")],
        tables=[Table("By queue", columns, rows, "No queries in these days.")],
    )  # fmt: skip
