"""What does it cost, and who causes it?"""

from __future__ import annotations

from ..chart_helpers import by_day
from ..marts import Marts
from ..model import Chart, Column, Section, Table
from .columns import CLUSTER, number

KINDS = ("user", "application", "query type", "label", "dbt node")
IN_DAYS = "{selected} and cost_day between %(first)s and %(last)s"


def cost(marts: Marts) -> Section:
    """The bill by cluster, its idle part by day, and the owners of the most of it."""
    return Section(
        "cost", "What does it cost, and who causes it?",
        charts=[_idle(marts)], tables=[_bill(marts), *(_owners(marts, kind) for kind in KINDS)],
    )  # fmt: skip


def _idle(marts: Marts) -> Chart:
    rows = marts(
        f"""
        select cluster_id, cost_day, 100.0 * sum(idle_usage_us) / nullif(sum(usage_us), 0) as value
        from {{marts}}.cost_rates_hourly where {IN_DAYS} group by cluster_id, cost_day
        """
    )
    return by_day(
        marts, "idle", "Paid for while nothing executed, by day", "percent",
        [row for row in rows if row["value"] is not None], "cost_day", "line",
    )  # fmt: skip


def _bill(marts: Marts) -> Table:
    rows = marts(
        f"""
        select cluster_id, node_type, sum(usage_us) / 3600000000.0 as hours, sum(cost) as cost,
            max(cost_basis) as cost_basis, 100.0 * sum(estimated_usage_us) / nullif(sum(usage_us), 0) as estimated
        from {{marts}}.cluster_cost_daily where {IN_DAYS}
        group by cluster_id, node_type order by cluster_id, node_type limit %(rows)s
        """
    )
    columns = (
        CLUSTER, Column("node_type", "type"), number("hours", "node or RPU hours"), number("estimated", "estimated %"),
        number("cost", "cost"), Column("cost_basis", "basis"),
    )  # fmt: skip
    return Table("Cost", columns, rows, "No nodes and no Serverless usage in these days.")


def _owners(marts: Marts, kind: str) -> Table:
    rows = marts(
        f"""
        select cluster_id, case when is_idle then '(idle)' when owner = '' then '(none)' else owner end as owner,
            sum(usage_us) / 3600000000.0 as hours, sum(cost) as cost
        from {{marts}}.cost_by_owner_daily where {IN_DAYS} and owner_kind = %(kind)s
        group by cluster_id, owner, is_idle order by hours desc, cluster_id, owner limit %(rows)s
        """,
        kind=kind,
    )
    columns = (CLUSTER, Column("owner", kind), number("hours", "node or RPU hours"), number("cost", "cost"))
    return Table(f"By {kind}", columns, rows, "No nodes and no Serverless usage in these days.")
