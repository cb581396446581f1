"""Which tables need maintenance, which ones grow?"""

from __future__ import annotations

from ..chart_helpers import ranked
from ..marts import Marts
from ..model import Column, Section, Table
from .columns import TABLE, number


def tables(marts: Marts) -> Section:
    """Space that VACUUM would reclaim, and growth, by table."""
    health = marts(
        """
        select cluster_id, database_name, schema, table_name, size_gb, reclaimable_gb,
            pct_rows_marked_for_deletion as ghosts, unsorted_pct, stats_off_pct, last_vacuum_date
        from {marts}.table_health where {selected} and reclaimable_gb > 0
        order by reclaimable_gb desc, cluster_id, database_name, schema, table_name limit %(rows)s
        """
    )
    growth = marts(
        """
        select cluster_id, database_name, schema, table_name, size_gb, grown_gb_7_days, grown_gb_28_days
        from {marts}.table_growth where {selected} and (grown_gb_7_days <> 0 or grown_gb_28_days <> 0)
        order by coalesce(grown_gb_28_days, grown_gb_7_days) desc, cluster_id, database_name, schema, table_name
        limit %(rows)s
        """
    )
    chart = ranked(
        "reclaimable", "Reclaimable space by table", "GB", health,
        lambda row: f"{row['schema']}.{row['table_name']}", "reclaimable_gb",
    )  # fmt: skip
    return Section(
        "tables", "Which tables need maintenance, which ones grow?", charts=[chart] if health else [],
        tables=[
            Table(
                "Space that VACUUM would reclaim",
                (*TABLE, number("size_gb", "GB"), number("reclaimable_gb", "reclaimable GB"),
                 number("ghosts", "ghost rows %"), number("unsorted_pct", "unsorted %"),
                 number("stats_off_pct", "statistics off %"), Column("last_vacuum_date", "last vacuum", "time")),
                health, "No table has rows marked for deletion.",
            ),
            Table(
                "Growth",
                (*TABLE, number("size_gb", "GB"), number("grown_gb_7_days", "in 7 days GB"),
                 number("grown_gb_28_days", "in 28 days GB")),
                growth, "No table has a snapshot that is a week older.",
            ),
        ],
    )  # fmt: skip
