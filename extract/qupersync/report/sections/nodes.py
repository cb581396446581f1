"""When are the disks full?"""

from __future__ import annotations

from ..chart_helpers import by_day, leading, ranked
from ..marts import Marts
from ..model import Chart, Column, Row, Section, Table
from .columns import CLUSTER, number

MAX_NODES = 64


def nodes(marts: Marts) -> Section:
    """Storage by node and by day."""
    rows = marts(
        """
        select cluster_id, node_id, node_type, used_gb, capacity_gb, storage_utilization_pct, growth_gb_per_day,
            days_until_full
        from {marts}.node_storage where {selected} order by storage_utilization_pct desc, cluster_id, node_id
        limit %(rows)s
        """,
        rows=MAX_NODES,
    )
    columns = (
        CLUSTER, number("node_id", "node"), Column("node_type", "type"), number("used_gb", "used GB"),
        number("capacity_gb", "of GB"), number("storage_utilization_pct", "used %"),
        number("growth_gb_per_day", "GB a day"), number("days_until_full", "days until full"),
    )  # fmt: skip
    none = "No nodes: Serverless and Multi-AZ do not report any."
    return Section(
        "nodes", "When are the disks full?",
        charts=_charts(marts, rows) if rows else [],
        tables=[Table("Nodes", columns, rows, none)],
    )  # fmt: skip


def _charts(marts: Marts, rows: list[Row]) -> list[Chart]:
    history = marts(
        """
        select cluster_id, snapshot_date, max(storage_utilization_pct) as value
        from {entities}.node_details_history where {selected} and snapshot_date between %(first)s and %(last)s
        group by cluster_id, snapshot_date
        """
    )
    return [
        ranked("nodes", "Used storage by node", "percent", rows, lambda row: f"{row['cluster_id']} {row['node_id']}",
               "storage_utilization_pct"),
        by_day(marts, "fullest", "Fullest node of each cluster, by day", "percent", leading(history), "snapshot_date",
               "line"),
    ]  # fmt: skip
