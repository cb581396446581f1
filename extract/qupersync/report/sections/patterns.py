"""Which query patterns cost the most?"""

from __future__ import annotations

from ..chart_helpers import ranked
from ..marts import Marts
from ..model import Column, Row, Section, Table
from .columns import PATTERN, number


def top_patterns(marts: Marts, by: str, days: str = "1 = 1") -> list[Row]:
    """The query patterns with the most ``hours`` or ``spill`` (GB) over the days that meet a condition."""
    return marts(
        f"""
        select cluster_id, query_hash, max(query_text) as query_text, max(a_user_name) as user_name,
            sum(query_count) as queries, sum(failed_count) as failed, sum(execution_time_us) / 3600000000.0 as hours,
            sum(execution_time_us) / 1000000.0 / sum(query_count) as mean_seconds,
            max(max_execution_seconds) as max_seconds, {{spill_gb}} as spill
        from {{marts}}.query_patterns_daily where {{selected}} and query_day between %(first)s and %(last)s and {days}
        group by cluster_id, query_hash order by {by} desc, cluster_id, query_hash limit %(rows)s
        """
    )


def patterns(marts: Marts) -> Section:
    """The patterns that took the most execution time."""
    rows = top_patterns(marts, "hours")
    columns = (
        *PATTERN, Column("user_name", "a user"), number("queries", "runs"), number("failed", "failed"),
        number("hours", "execution h"), number("mean_seconds", "mean s"), number("max_seconds", "max s"),
    )  # fmt: skip
    chart = ranked(
        "patterns", "Query patterns by execution time", "hours", rows,
        lambda row: f"{row['cluster_id']} {row['query_hash'][:8]}", "hours",
    )  # fmt: skip
    return Section(
        "patterns", "Which query patterns cost the most?", charts=[chart] if rows else [],
        tables=[Table("Patterns by execution time", columns, rows, "No queries in these days.")],
    )  # fmt: skip
