"""What needs attention now?"""

from __future__ import annotations

from ..marts import Marts
from ..model import Column, Section, Table
from .columns import CLUSTER, DATABASE

MAX_FINDINGS = 200


def findings(marts: Marts) -> Section:
    """The findings of the newest sync, the muted ones apart, and those resolved in the last seven days."""
    rows = marts(
        """
        select severity, cluster_id, check_name, database_name, object_name, measured, unit, threshold, first_seen,
            reason, statement
        from {marts}.findings where {selected} and {muted} is null
        order by case severity when 'critical' then 0 when 'warning' then 1 else 2 end, check_name, measured desc,
            cluster_id, object_name
        limit %(rows)s
        """,
        rows=MAX_FINDINGS,
    )
    accepted = marts(
        """
        select severity, cluster_id, check_name, database_name, object_name, first_seen, {muted} as muted_reason
        from {marts}.findings where {selected} and {muted} is not null
        order by check_name, cluster_id, object_name limit %(rows)s
        """,
        rows=MAX_FINDINGS,
    )
    resolved = marts(
        """
        select cluster_id, check_name, database_name, object_name, first_seen, resolved_at
        from {marts}.findings_history where {selected} and resolved_at >= %(week)s
        order by resolved_at desc, cluster_id, check_name, object_name limit %(rows)s
        """
    )
    place = (DATABASE, Column("object_name", "object", "code"))
    columns = (
        Column("severity", "severity", "severity"), CLUSTER, Column("check_name", "check"), *place,
        Column("measured", "measured", "measure"), Column("first_seen", "since", "time"),
        Column("reason", "why it matters, how to fix it", "advice"),
    )  # fmt: skip
    columns_resolved = (
        CLUSTER, Column("check_name", "check"), *place, Column("first_seen", "since", "time"),
        Column("resolved_at", "until", "time"),
    )  # fmt: skip
    columns_muted = (
        Column("severity", "severity", "severity"), CLUSTER, Column("check_name", "check"), *place,
        Column("first_seen", "since", "time"), Column("muted_reason", "muted because"),
    )  # fmt: skip
    muted_table = [Table("Muted", columns_muted, accepted, "None is muted.")] if accepted else []
    return Section(
        "findings", "What needs attention now?",
        tables=[
            Table("Findings", columns, rows, "No findings at the newest sync.", cards=True),
            *muted_table,
            Table("Resolved in the last seven days", columns_resolved, resolved, "None was resolved in these days."),
        ],
    )  # fmt: skip
