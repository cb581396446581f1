"""What did VACUUM reclaim?"""

from __future__ import annotations

from ..chart_helpers import by_day
from ..marts import Marts
from ..model import Column, Section, Table
from .columns import TABLE, number


def vacuum(marts: Marts) -> Section:
    """Runs of VACUUM by table, and the space reclaimed by day."""
    rows = marts(
        """
        select cluster_id, database_name, schema, table_name, vacuum_type, count(*) as runs,
            sum(case when status = 'Failed' then 1 else 0 end) as failed,
            sum(case when is_automatic then 1 else 0 end) as automatic, sum(duration_seconds) / 60 as minutes,
            sum(reclaimed_gb) as reclaimed, max(start_time) as newest
        from {marts}.vacuum_effectiveness where {selected} and start_time >= %(first)s
        group by cluster_id, database_name, schema, table_name, vacuum_type
        order by minutes desc nulls last, cluster_id, database_name, schema, table_name, vacuum_type limit %(rows)s
        """
    )
    days = marts(
        """
        select cluster_id, cast(start_time as date) as day, sum(reclaimed_gb) as value
        from {marts}.vacuum_effectiveness where {selected} and start_time >= %(first)s and reclaimed_gb is not null
        group by cluster_id, cast(start_time as date)
        """
    )
    columns = (
        *TABLE, Column("vacuum_type", "type"), number("runs", "runs"), number("failed", "failed"),
        number("automatic", "automatic"), number("minutes", "minutes"), number("reclaimed", "reclaimed GB"),
        Column("newest", "newest", "time"),
    )  # fmt: skip
    chart = by_day(marts, "reclaimed", "Reclaimed per day", "GB", days, "day")
    return Section(
        "vacuum", "What did VACUUM reclaim?", charts=[chart] if days else [],
        tables=[Table("Runs in these days", columns, rows, "No VACUUM ran in these days.")],
    )  # fmt: skip
