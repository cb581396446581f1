"""What changed?"""

from __future__ import annotations

from ..marts import Marts
from ..model import Column, Section, Table
from .columns import PATTERN, number


def changes(marts: Marts) -> Section:
    """The patterns and dbt nodes that became slower or faster, those first that cost or save the most time a day."""
    return Section(
        "changes", "What changed?",
        tables=[
            _changes(marts, "slower", "Became slower", "None became slower."),
            _changes(marts, "faster", "Became faster", "None became faster."),
        ],
    )  # fmt: skip


def _changes(marts: Marts, direction: str, title: str, empty: str) -> Table:
    rows = marts(
        """
        select cluster_id, coalesce(dbt_node_id, query_hash) as query_hash, query_text, change_day, explanation,
            factor, factor_low, factor_high,
            p50_execution_seconds_before as seconds_before, p50_execution_seconds_after as seconds_after
        from {marts}.query_regressions where {selected} and direction = %(direction)s
        order by abs(p50_execution_seconds_after - p50_execution_seconds_before) * runs_per_day_after desc,
            cluster_id, dbt_node_id, query_regressions.query_hash, query_hash_version
        limit %(rows)s
        """,
        direction=direction,
    )
    columns = (
        Column("change_day", "since"), *PATTERN, number("factor", "times as long"), number("factor_low", "at least"),
        number("factor_high", "at most"), number("seconds_before", "s before"), number("seconds_after", "s since"),
        Column("explanation", "what changed with it"),
    )  # fmt: skip
    return Table(title, columns, rows, empty)
