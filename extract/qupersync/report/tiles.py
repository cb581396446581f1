"""The numbers on top: the last seven days beside the seven before."""

from __future__ import annotations

from .marts import Marts
from .model import Tile


def tiles(marts: Marts) -> list[Tile]:
    """One tile a measure of the workload."""
    sums = marts(
        """
        select case when query_hour >= %(week_ago)s then 'now' else 'before' end as span, sum(query_count) as queries,
            sum(failed_count) as failed, sum(execution_seconds) / 3600 as execution, sum(queue_seconds) / 3600 as queue,
            {spill_gb} as spill, sum(bytes_scanned) / 1099511627776.0 as scanned
        from {marts}.query_performance_hourly where {selected} and query_day between %(before)s and %(last)s
            and query_hour >= %(two_weeks_ago)s and query_hour < %(hour)s
        group by 1
        """
    )
    spans = {row["span"]: row for row in sums}

    def tile(title: str, name: str, unit: str = "") -> Tile:
        now, before = (float(spans[span][name] or 0) if span in spans else 0.0 for span in ("now", "before"))
        return Tile(title, unit, now, before)

    return [
        tile("Queries", "queries"), tile("Execution", "execution", "h"), tile("Queueing", "queue", "h"),
        tile("Spill", "spill", "GB"), tile("Scanned", "scanned", "TB"), tile("Failed", "failed"),
    ]  # fmt: skip
