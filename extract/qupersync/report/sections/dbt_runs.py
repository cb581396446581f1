"""Which dbt nodes were late, failed, or slower than usual?"""

from __future__ import annotations

from ..marts import Marts
from ..model import Column, Section, Table
from .columns import CLUSTER, number

IN_DAYS = "{selected} and query_day between %(first)s and %(last)s"
NODE = Column("dbt_node_id", "dbt node", "code")


def dbt_runs(marts: Marts) -> Section:
    """The dbt nodes with their deadlines, and those that took the most execution time, with their cost."""
    return Section(
        "dbt", "Which dbt nodes were late, failed, or slower than usual?",
        tables=[_deadlines(marts), _nodes(marts)],
    )  # fmt: skip


def _deadlines(marts: Marts) -> Table:
    rows = marts(
        f"""
        select cluster_id, dbt_node_id, sum(case when is_deadline_met then 1 else 0 end) as met,
            sum(case when not is_deadline_met then 1 else 0 end) as missed,
            max(case when not is_deadline_met then deadline_time end) as last_missed
        from {{marts}}.dbt_nodes_daily where {IN_DAYS} and is_deadline_met is not null
        group by cluster_id, dbt_node_id order by missed desc, cluster_id, dbt_node_id limit %(rows)s
        """
    )
    columns = (
        CLUSTER, NODE, number("missed", "days late"), number("met", "days in time"),
        Column("last_missed", "last missed", "time"),
    )  # fmt: skip
    return Table("Deadlines", columns, rows, "No dbt node with a deadline ran in these days (var dbt_deadlines).")


def _nodes(marts: Marts) -> Table:
    rows = marts(
        f"""
        with nodes as (
            select cluster_id, dbt_node_id, sum(run_count) as runs, sum(failed_count) as failed,
                sum(execution_seconds) / 3600 as hours, sum(queue_seconds) / 3600 as queued,
                sum(execution_seconds) / nullif(sum(run_count), 0) as run_seconds
            from {{marts}}.dbt_nodes_daily where {IN_DAYS} group by cluster_id, dbt_node_id
        ),

        newest as (
            select cluster_id, dbt_node_id, run_seconds / nullif(usual_run_seconds, 0) as factor,
                row_number() over (partition by cluster_id, dbt_node_id order by query_day desc) as newest_rank
            from {{marts}}.dbt_nodes_daily where {IN_DAYS} and run_count > 0
        ),

        costs as (
            select cluster_id, owner as dbt_node_id, sum(cost) as cost from {{marts}}.cost_by_owner_daily
            where {{selected}} and cost_day between %(first)s and %(last)s and owner_kind = 'dbt node' and not is_idle
            group by cluster_id, owner
        )

        select nodes.*, newest.factor, costs.cost
        from nodes
        left join newest
            on nodes.cluster_id = newest.cluster_id and nodes.dbt_node_id = newest.dbt_node_id and newest_rank = 1
        left join costs on nodes.cluster_id = costs.cluster_id and nodes.dbt_node_id = costs.dbt_node_id
        order by hours desc, nodes.cluster_id, nodes.dbt_node_id limit %(rows)s
        """
    )
    columns = (
        CLUSTER, NODE, number("runs", "runs"), number("failed", "failed queries"), number("hours", "execution h"),
        number("queued", "queued h"), number("run_seconds", "s a run"), number("factor", "newest day × usual"),
        number("cost", "cost"),
    )  # fmt: skip
    return Table("dbt nodes by execution time", columns, rows, "No query of dbt in these days.")
