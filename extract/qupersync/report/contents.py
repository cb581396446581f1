"""What the report shows: small answers of the marts, summed up in SQL so that the page does not grow with history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Optional

from ..errors import ConfigurationError, WarehouseError
from ..schema import quote
from ..warehouse import Warehouse

TEXT_LENGTH = 240  # characters of a query, a reason or a name that the page shows
LABEL_LENGTH = 60  # … and of what stands below a bar
SERIES = 8  # clusters that a chart tells apart; the others are one series
TABLE_ROWS = 15
FINDINGS_ROWS = 200
SEVERITIES = ("critical", "warning", "info")

Row = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart and the rows behind it: one mark for each (label, series) that has a value."""

    name: str
    title: str
    unit: str
    kind: str  # bar or line
    labels: list[str]
    series: dict[str, list[Optional[float]]]

    @property
    def marks(self) -> int:
        """How many marks it must have."""
        return sum(value is not None for values in self.series.values() for value in values)


@dataclass(frozen=True)
class Tile:
    """A number of the last seven times 24 whole hours beside the same before."""

    title: str
    unit: str
    now: float
    before: float

    @property
    def change_pct(self) -> Optional[float]:
        """Change in percent; None when there was nothing before."""
        return 100 * (self.now - self.before) / self.before if self.before else None


@dataclass(frozen=True)
class Column:
    """A column of a table on the page."""

    name: str
    title: str
    kind: str = "text"  # text, number, code, time; of findings: severity, measure (with bound and unit), advice


@dataclass(frozen=True)
class Table:
    """A table and what it says when it is empty."""

    title: str
    columns: tuple[Column, ...]
    rows: list[Row]
    empty: str
    cards: bool = False  # on a phone, one below the other


@dataclass(frozen=True)
class Section:
    """A question of the report with its charts and tables."""

    name: str
    title: str
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """Everything that the page shows."""

    target: str
    made_at: datetime
    days: int
    first_day: date
    last_day: date
    clusters: list[Row]
    severities: dict[str, int]
    opened: int  # findings first seen in the last seven days …
    resolved: int  # … and those that were out of bounds until then
    tiles: list[Tile]
    sections: list[Section]


class _Marts:
    """Asks the marts, for the chosen clusters and days."""

    def __init__(self, warehouse: Warehouse, clusters: Sequence[str], newest: datetime, days: int) -> None:
        self.warehouse, self.last_day, self.days = warehouse, newest.date(), days
        last_day, hour = self.last_day, newest.replace(minute=0, second=0, microsecond=0)
        self.first_day = last_day - timedelta(days=days - 1)
        self.parameters: dict[str, Any] = {
            "clusters": tuple(clusters), "first": self.first_day, "last": last_day,
            "week": last_day - timedelta(days=6), "before": last_day - timedelta(days=14), "rows": TABLE_ROWS,
            # whole hours: a day that has just begun says nothing beside whole ones
            "hour": hour, "week_ago": hour - timedelta(days=7), "two_weeks_ago": hour - timedelta(days=14),
        }  # fmt: skip

    def __call__(self, sql: str, **more: Any) -> list[Row]:
        where = {
            "marts": quote(self.warehouse.marts_schema),
            "entities": quote(self.warehouse.schema),
            "staging": quote(self.warehouse.staging_schema),
            "ours": "cluster_id in %(clusters)s",
        }
        names, rows = self.warehouse.fetch(sql.format(**where), {**self.parameters, **more})
        return [dict(zip(names, row)) for row in rows]


def gather(warehouse: Warehouse, clusters: Optional[Sequence[str]], days: int, now: datetime) -> Report:
    """Read the marts. Errors: ConfigurationError for an unknown cluster, WarehouseError where nothing is built."""
    staging, marts = quote(warehouse.staging_schema), quote(warehouse.marts_schema)
    _, built = warehouse.fetch(
        "select 1 from information_schema.tables where table_schema = %s and table_name = 'findings'",
        (warehouse.marts_schema,),
    )
    _, known = warehouse.fetch(
        f"select cluster_id, max(synced_at) from {staging}.sync_runs where outcome = 'ok' "
        "group by cluster_id order by cluster_id"
    )
    if not built or not known:
        raise WarehouseError(f"{warehouse.where} has nothing to report yet ({marts}): `qupersync run` first")
    names = [name for name, _ in known]
    for cluster in clusters or ():
        if cluster not in names:
            raise ConfigurationError(f"--cluster {cluster}: not in {warehouse.where}, which has {', '.join(names)}")
    chosen = list(clusters or names)
    synced = {name: at for name, at in known if name in chosen}
    ask = _Marts(warehouse, chosen, max(synced.values()), days)
    findings = _findings(ask)
    opened, resolved = _opened_and_resolved(ask)
    return Report(
        target=warehouse.target, made_at=now, days=days, first_day=ask.first_day, last_day=ask.last_day,
        clusters=[
            {"cluster_id": name, "synced_at": at, "hours": (now - at).total_seconds() / 3600}
            for name, at in synced.items()
        ],
        severities=_severities(ask), opened=opened, resolved=resolved,
        tiles=_tiles(ask),
        sections=[findings, _workload(ask), _spill(ask), _queueing(ask), _patterns(ask), _tables(ask), _vacuums(ask),
                  _nodes(ask)],
    )  # fmt: skip


def _severities(ask: _Marts) -> dict[str, int]:
    found = ask("select severity, count(*) as n from {marts}.findings where {ours} group by severity")
    counted = {row["severity"]: int(row["n"]) for row in found}
    return {severity: counted.get(severity, 0) for severity in SEVERITIES}


def _opened_and_resolved(ask: _Marts) -> tuple[int, int]:
    (row,) = ask(
        """
        select sum(case when first_seen >= %(week)s and resolved_at is null then 1 else 0 end) as opened,
            sum(case when resolved_at >= %(week)s then 1 else 0 end) as resolved
        from {marts}.findings_history where {ours}
        """
    )
    return int(row["opened"] or 0), int(row["resolved"] or 0)


def _tiles(ask: _Marts) -> list[Tile]:
    sums = ask(
        """
        select case when query_hour >= %(week_ago)s then 'now' else 'before' end as span, sum(query_count) as queries,
            sum(failed_count) as failed, sum(execution_seconds) / 3600 as execution, sum(queue_seconds) / 3600 as queue,
            sum(spilled_blocks) * 8.0 / 1048576 as spill, sum(bytes_scanned) / 1099511627776.0 as scanned
        from {marts}.query_performance_hourly where {ours} and query_day between %(before)s and %(last)s
            and query_hour >= %(two_weeks_ago)s and query_hour < %(hour)s
        group by 1
        """
    )
    spans = {row["span"]: row for row in sums}

    def tile(title: str, name: str, unit: str = "") -> Tile:
        return Tile(
            title, unit, *(float(spans[span][name] or 0) if span in spans else 0.0 for span in ("now", "before"))
        )

    return [
        tile("Queries", "queries"), tile("Execution", "execution", "h"), tile("Queueing", "queue", "h"),
        tile("Spill", "spill", "GB"), tile("Scanned", "scanned", "TB"), tile("Failed", "failed"),
    ]  # fmt: skip


# -- charts over days -------------------------------------------------------------------------------------------------


def _over_time(rows: list[Row], label: str, labels: list[str], shorten: Callable[[Any], str]) -> dict[str, list[Any]]:
    """Series by cluster: the ones with the most, and the rest as one."""
    ranked = _ranked_clusters(rows)
    shown = ranked if len(ranked) <= SERIES + 1 else ranked[:SERIES]
    rest = f"{len(ranked) - len(shown)} others"
    index = {text: i for i, text in enumerate(labels)}
    series: dict[str, list[Any]] = {name: [None] * len(labels) for name in shown}
    if len(shown) < len(ranked):
        series[rest] = [None] * len(labels)
    for row in rows:
        name = row["cluster_id"] if row["cluster_id"] in series else rest
        at = index.get(shorten(row[label]))
        if at is not None:
            series[name][at] = round((series[name][at] or 0.0) + float(row["value"] or 0), 4)
    return series


def _ranked_clusters(rows: list[Row]) -> list[str]:
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["cluster_id"]] = totals.get(row["cluster_id"], 0.0) + float(row["value"] or 0)
    return sorted(totals, key=lambda name: (-totals[name], name))


def _leading(rows: list[Row]) -> list[Row]:
    """The rows of the clusters with the most, where those of the others do not add up."""
    few = _ranked_clusters(rows)[:SERIES]
    return [row for row in rows if row["cluster_id"] in few]


def _daily(ask: _Marts, name: str, title: str, unit: str, expression: str) -> Chart:
    rows = ask(
        f"select cluster_id, query_day, {expression} as value from {{marts}}.query_performance_daily "
        "where {ours} and query_day between %(first)s and %(last)s group by cluster_id, query_day"
    )
    return _by_day(ask, name, title, unit, rows, "query_day")


def _by_day(ask: _Marts, name: str, title: str, unit: str, rows: list[Row], day: str, kind: str = "bar") -> Chart:
    labels = [str(ask.first_day + timedelta(days=n)) for n in range(ask.days)]
    return Chart(name, title, unit, kind, labels, _over_time(rows, day, labels, str))


def _ranked(name: str, title: str, unit: str, rows: list[Row], label: Callable[[Row], str], value: str) -> Chart:
    """A bar for each row of a table."""
    labels = [label(row)[:LABEL_LENGTH] for row in rows]
    return Chart(name, title, unit, "bar", labels, {unit: [round(float(row[value]), 4) for row in rows]})


# -- sections ---------------------------------------------------------------------------------------------------------

_CLUSTER = Column("cluster_id", "cluster")
_PATTERN = (Column("query_hash", "pattern", "code"), Column("query_text", "query", "code"))


def _findings(ask: _Marts) -> Section:
    rows = ask(
        """
        select severity, cluster_id, check_name, database_name, object_name, measured, unit, threshold, first_seen,
            reason, statement
        from {marts}.findings where {ours}
        order by case severity when 'critical' then 0 when 'warning' then 1 else 2 end, check_name, measured desc,
            cluster_id, object_name
        limit %(rows)s
        """,
        rows=FINDINGS_ROWS,
    )
    columns = (
        Column("severity", "severity", "severity"), _CLUSTER, Column("check_name", "check"),
        Column("database_name", "database"), Column("object_name", "object", "code"),
        Column("measured", "measured", "measure"), Column("first_seen", "since", "time"),
        Column("reason", "why it matters, what cures it", "advice"),
    )  # fmt: skip
    resolved = ask(
        """
        select cluster_id, check_name, database_name, object_name, first_seen, resolved_at
        from {marts}.findings_history where {ours} and resolved_at >= %(week)s
        order by resolved_at desc, cluster_id, check_name, object_name limit %(rows)s
        """
    )
    gone = (
        _CLUSTER, Column("check_name", "check"), Column("database_name", "database"),
        Column("object_name", "object", "code"), Column("first_seen", "since", "time"),
        Column("resolved_at", "until", "time"),
    )  # fmt: skip
    return Section(
        "findings", "What should somebody do something about?",
        tables=[
            Table("Findings", columns, rows, "Nothing is out of bounds at the newest sync.", cards=True),
            Table("Resolved in the last seven days", gone, resolved, "None was resolved in these days."),
        ],
    )  # fmt: skip


def _workload(ask: _Marts) -> Section:
    hours = ask(
        """
        select cluster_id, query_hour, p95_execution_seconds as value from {marts}.query_performance_hourly
        where {ours} and query_day between %(week)s and %(last)s
        """
    )
    start = datetime.combine(ask.last_day - timedelta(days=6), datetime.min.time())
    labels = [f"{start + timedelta(hours=n):%Y-%m-%d %H:00}" for n in range(7 * 24)]
    slow = _over_time(_leading(hours), "query_hour", labels, lambda at: f"{at:%Y-%m-%d %H:00}")

    def by(column: str, title: str) -> Table:
        rows = ask(
            f"""
            select cluster_id, {column} as name, sum(query_count) as queries, sum(failed_count) as failed,
                sum(execution_seconds) / 3600 as hours, sum(queue_seconds) / 3600 as queued,
                sum(spilled_blocks) * 8.0 / 1048576 as spill
            from {{marts}}.query_performance_daily where {{ours}} and query_day between %(first)s and %(last)s
            group by cluster_id, {column} order by hours desc, cluster_id, name limit %(rows)s
            """
        )
        columns = (
            _CLUSTER, Column("name", title), Column("queries", "queries", "number"),
            Column("failed", "failed", "number"),
            Column("hours", "execution h", "number"), Column("queued", "queued h", "number"),
            Column("spill", "spill GB", "number"),
        )  # fmt: skip
        return Table(f"By {title}", columns, rows, "No queries in these days.")

    return Section(
        "workload", "How did the workload run?",
        charts=[
            _daily(ask, "queries", "Queries a day", "queries", "sum(query_count)"),
            _daily(ask, "execution", "Execution a day", "hours", "sum(execution_seconds) / 3600"),
            Chart("p95", "95th percentile of the execution time, by hour", "seconds", "line", labels, slow),
            _daily(ask, "failed", "Failed queries a day", "queries", "sum(failed_count)"),
        ],
        tables=[by("user_name", "user"), by("application_name", "application"), by("query_type", "query type"),
                by("dbt_node_id", "dbt node")],
    )  # fmt: skip


def _patterns_by(ask: _Marts, order: str, where: str = "1 = 1") -> list[Row]:
    return ask(
        f"""
        select cluster_id, query_hash, max(query_text) as query_text, max(a_user_name) as user_name,
            sum(query_count) as queries, sum(failed_count) as failed, sum(execution_time_us) / 3600000000.0 as hours,
            sum(execution_time_us) / 1000000.0 / sum(query_count) as mean_seconds,
            max(max_execution_seconds) as max_seconds, sum(spilled_blocks) * 8.0 / 1048576 as spill
        from {{marts}}.query_patterns_daily where {{ours}} and query_day between %(first)s and %(last)s and {where}
        group by cluster_id, query_hash order by {order} desc, cluster_id, query_hash limit %(rows)s
        """
    )


def _spill(ask: _Marts) -> Section:
    columns = (_CLUSTER, *_PATTERN, Column("user_name", "a user"), Column("spill", "spill GB", "number"),
               Column("queries", "runs", "number"), Column("mean_seconds", "mean s", "number"))  # fmt: skip
    return Section(
        "spill", "Which queries spill to disk?",
        charts=[_daily(ask, "spill", "Spill a day", "GB", "sum(spilled_blocks) * 8.0 / 1048576")],
        tables=[
            Table("Patterns that spill", columns, _patterns_by(ask, "spill", "spilled_blocks > 0"), "None spilled.")
        ],
    )  # fmt: skip


def _queueing(ask: _Marts) -> Section:
    rows = ask(
        """
        select cluster_id, queue_name, sum(query_count) as queries, sum(queue_seconds) / 3600 as queued,
            sum(execution_seconds) / 3600 as hours,
            100 * sum(queue_seconds) / nullif(sum(queue_seconds + execution_seconds), 0) as pct
        from {marts}.query_performance_daily where {ours} and query_day between %(first)s and %(last)s
        group by cluster_id, queue_name order by queued desc, cluster_id, queue_name limit %(rows)s
        """
    )
    columns = (_CLUSTER, Column("queue_name", "queue"), Column("queries", "queries", "number"),
               Column("queued", "queued h", "number"), Column("hours", "execution h", "number"),
               Column("pct", "waited %", "number"))  # fmt: skip
    return Section(
        "queueing", "Where do queries wait?",
        charts=[_daily(ask, "queue", "Queueing a day", "hours", "sum(queue_seconds) / 3600")],
        tables=[Table("By queue", columns, rows, "No queries in these days.")],
    )  # fmt: skip


def _patterns(ask: _Marts) -> Section:
    columns = (_CLUSTER, *_PATTERN, Column("user_name", "a user"), Column("queries", "runs", "number"),
               Column("failed", "failed", "number"), Column("hours", "execution h", "number"),
               Column("mean_seconds", "mean s", "number"), Column("max_seconds", "max s", "number"))  # fmt: skip
    rows = _patterns_by(ask, "hours")
    chart = _ranked("patterns", "The patterns that took the most time", "hours", rows,
                    lambda row: f"{row['cluster_id']} {row['query_hash'][:8]}", "hours")  # fmt: skip
    return Section(
        "patterns", "Which kinds of queries cost the most?", charts=[chart] if rows else [],
        tables=[Table("Patterns by execution time", columns, rows, "No queries in these days.")],
    )  # fmt: skip


def _tables(ask: _Marts) -> Section:
    names = (_CLUSTER, Column("database_name", "database"), Column("schema", "schema"), Column("table_name", "table"))
    rot = ask(
        """
        select cluster_id, database_name, schema, table_name, size_gb, reclaimable_gb,
            pct_rows_marked_for_deletion as ghosts, unsorted_pct, stats_off_pct, last_vacuum_date
        from {marts}.table_health where {ours} and reclaimable_gb > 0
        order by reclaimable_gb desc, cluster_id, database_name, schema, table_name limit %(rows)s
        """
    )
    growth = ask(
        """
        select cluster_id, database_name, schema, table_name, size_gb, grown_gb_7_days, grown_gb_28_days
        from {marts}.table_growth where {ours} and (grown_gb_7_days <> 0 or grown_gb_28_days <> 0)
        order by coalesce(grown_gb_28_days, grown_gb_7_days) desc, cluster_id, database_name, schema, table_name
        limit %(rows)s
        """
    )
    chart = _ranked("reclaimable", "What VACUUM would give back, by table", "GB", rot,
                    lambda row: f"{row['schema']}.{row['table_name']}", "reclaimable_gb")  # fmt: skip
    return Section(
        "tables", "Which tables rot, which ones grow?", charts=[chart] if rot else [],
        tables=[
            Table(
                "What VACUUM would give back",
                (*names, Column("size_gb", "GB", "number"), Column("reclaimable_gb", "to reclaim GB", "number"),
                 Column("ghosts", "ghost rows %", "number"), Column("unsorted_pct", "unsorted %", "number"),
                 Column("stats_off_pct", "statistics off %", "number"),
                 Column("last_vacuum_date", "last vacuum", "time")),
                rot, "No table has rows marked for deletion.",
            ),
            Table(
                "Growth",
                (*names, Column("size_gb", "GB", "number"), Column("grown_gb_7_days", "in 7 days GB", "number"),
                 Column("grown_gb_28_days", "in 28 days GB", "number")),
                growth, "No table has a snapshot that is a week older.",
            ),
        ],
    )  # fmt: skip


def _vacuums(ask: _Marts) -> Section:
    rows = ask(
        """
        select cluster_id, database_name, schema, table_name, vacuum_type, count(*) as runs,
            sum(case when status = 'Failed' then 1 else 0 end) as failed,
            sum(case when is_automatic then 1 else 0 end) as automatic, sum(duration_seconds) / 60 as minutes,
            sum(reclaimed_gb) as reclaimed, max(start_time) as newest
        from {marts}.vacuum_effectiveness where {ours} and start_time >= %(first)s
        group by cluster_id, database_name, schema, table_name, vacuum_type
        order by minutes desc nulls last, cluster_id, database_name, schema, table_name, vacuum_type limit %(rows)s
        """
    )
    columns = (_CLUSTER, Column("database_name", "database"), Column("schema", "schema"), Column("table_name", "table"),
               Column("vacuum_type", "kind"), Column("runs", "runs", "number"), Column("failed", "failed", "number"),
               Column("automatic", "automatic", "number"), Column("minutes", "minutes", "number"),
               Column("reclaimed", "given back GB", "number"), Column("newest", "newest", "time"))  # fmt: skip
    days = ask(
        """
        select cluster_id, cast(start_time as date) as day, sum(reclaimed_gb) as value
        from {marts}.vacuum_effectiveness where {ours} and start_time >= %(first)s and reclaimed_gb is not null
        group by cluster_id, cast(start_time as date)
        """
    )
    chart = _by_day(ask, "given_back", "Given back a day", "GB", days, "day")
    return Section(
        "vacuum", "What did VACUUM give back?", charts=[chart] if days else [],
        tables=[Table("Runs in these days", columns, rows, "No VACUUM ran in these days.")],
    )  # fmt: skip


def _nodes(ask: _Marts) -> Section:
    rows = ask(
        """
        select cluster_id, node_id, node_type, used_gb, capacity_gb, storage_utilization_pct, growth_gb_per_day,
            days_until_full
        from {marts}.node_storage where {ours} order by storage_utilization_pct desc, cluster_id, node_id limit 64
        """
    )
    history = ask(
        """
        select cluster_id, snapshot_date, max(storage_utilization_pct) as value
        from {entities}.node_details_history where {ours} and snapshot_date between %(first)s and %(last)s
        group by cluster_id, snapshot_date
        """
    )
    charts = [
        _ranked("nodes", "Used storage by node", "percent", rows, lambda row: f"{row['cluster_id']} {row['node_id']}",
                "storage_utilization_pct"),
        _by_day(ask, "fullest", "The fullest node of a cluster, by day", "percent", _leading(history), "snapshot_date",
                "line"),
    ]  # fmt: skip
    columns = (_CLUSTER, Column("node_id", "node", "number"), Column("node_type", "type"),
               Column("used_gb", "used GB", "number"), Column("capacity_gb", "of GB", "number"),
               Column("storage_utilization_pct", "used %", "number"),
               Column("growth_gb_per_day", "GB a day", "number"),
               Column("days_until_full", "days until full", "number"))  # fmt: skip
    cost = ask(
        """
        select cluster_id, node_type, sum(coalesce(rpu_hours, node_hours)) as hours, sum(cost) as cost,
            max(cost_basis) as cost_basis
        from {marts}.cluster_cost_daily where {ours} and cost_day between %(first)s and %(last)s
        group by cluster_id, node_type order by cluster_id, node_type limit %(rows)s
        """
    )
    spent = (_CLUSTER, Column("node_type", "type"), Column("hours", "node or RPU hours", "number"),
             Column("cost", "cost", "number"), Column("cost_basis", "basis"))  # fmt: skip
    none = "No nodes: Serverless and Multi-AZ have none to show."
    unused = "Neither nodes nor Serverless usage in these days."
    return Section(
        "nodes", "When are the disks full, and what does it cost?",
        charts=charts if rows else [],
        tables=[Table("Nodes", columns, rows, none), Table("Cost", spent, cost, unused)],
    )  # fmt: skip
