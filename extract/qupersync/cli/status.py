"""`qupersync status`: how fresh each cluster is, what the last syncs read, what failed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Optional

from rich.console import Console
from rich.markup import escape

from ..clock import utc_now
from ..hints import hint
from ..project import Project
from ..report.freshness import FRESH, Freshness, Thresholds, freshness_of, newest_syncs
from ..sql import quote
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from ..warehouse.server import EmbeddedServer
from .console import console
from .findings import count_findings, show_findings
from .tables import NAME, NUMBER, TEXT, print_table

# With times to the minute and short headings a table fits into 80 columns.
_COLUMNS = (("view", NAME), ("outcome", TEXT), ("read from (UTC)", TEXT), ("newest row (UTC)", TEXT), ("rows", NUMBER),
            ("rejected", NUMBER))  # fmt: skip


def last_runs(warehouse: Warehouse) -> list[dict[str, Any]]:
    """The newest row of sync_runs for each cluster, view and database."""
    staging = quote(warehouse.staging_schema)
    names, rows = warehouse.fetch(
        f"""
        select cluster_id, view_name, database_name, outcome, window_from, window_to, rows_read, rows_rejected,
            started_at, finished_at, gap_from, gap_to, error
        from (
            select runs.*, row_number() over (
                partition by cluster_id, view_name, coalesce(database_name, '') order by synced_at desc
            ) as newness
            from {staging}.sync_runs as runs
        ) as ranked
        where newness = 1
        order by cluster_id, started_at, view_name
        """
    )
    return [dict(zip(names, row)) for row in rows]


def status(project: Project, target: Optional[str], as_json: bool) -> int:
    """Print the state of the warehouse; 0, or 1 when a cluster is stale or a view failed."""
    warehouse, thresholds, now = open_warehouse(project, target), Thresholds.of(project), utc_now()
    synced = newest_syncs(warehouse)
    runs: dict[str, list[dict[str, Any]]] = {}
    for run in last_runs(warehouse):
        runs.setdefault(run["cluster_id"], []).append(run)
    fresh = {name: freshness_of(name, synced.get(name), thresholds, now) for name in runs}
    failed = {name: [run["view_name"] for run in found if run["outcome"] == "failed"] for name, found in runs.items()}
    findings = count_findings(warehouse)
    code = 1 if any(failed.values()) or any(found.is_stale for found in fresh.values()) else 0
    if as_json:
        clusters = {
            name: {"last_sync": fresh[name].synced_at, "stale": fresh[name].is_stale, "freshness": fresh[name].level,
                   "failed": failed[name], "views": runs[name]}
            for name in runs
        }  # fmt: skip
        document = {"target": warehouse.target, "findings": findings, "clusters": clusters}
        print(json.dumps(document, default=_plain, indent=2))
        return code
    out = console()
    out.print(f"warehouse {warehouse.target} ({warehouse.type} {warehouse.host}:{warehouse.port})")
    if warehouse.is_embedded:
        out.print(f"  server log {EmbeddedServer(project).log}")
    if not runs:
        out.print(f"nothing has been synced yet: run {hint('sync')}", markup=False)
        return 0
    show_findings(findings)
    for name, found in runs.items():
        show_cluster(out, fresh[name], found)
    return code


def show_cluster(out: Console, freshness: Freshness, runs: list[dict[str, Any]]) -> None:
    """Print how fresh a cluster is, and its newest runs as a table."""
    age = "no successful sync" if freshness.age is None else f"last sync {_age(freshness.age)} ago"
    colour = "green" if freshness.level == FRESH else "red"
    out.print(f"\ncluster [bold]{freshness.cluster}[/]: [{colour}]{freshness.level}, {age}[/]")
    rows, styles = [], []
    for run in runs:
        view = f"{run['view_name']} of {run['database_name']}" if run["database_name"] else run["view_name"]
        colour = "red" if run["outcome"] == "failed" else "dim" if run["outcome"] != "ok" else ""
        start = _minute(run["window_from"]) if run["window_from"] else ("all" if run["outcome"] == "ok" else "")
        styles.append(colour)
        rows.append(
            [view, run["outcome"], start, _minute(run["window_to"]), f"{run['rows_read']:,}",
             f"{run['rows_rejected']:,}" if run["rows_rejected"] else ""]
        )  # fmt: skip
    print_table(out, _COLUMNS, rows, styles=styles)
    for run in runs:
        if run["error"]:
            out.print(f"[red]{run['view_name']}[/]: {escape(run['error'])}")
        if run["gap_from"]:
            out.print(f"[yellow]gap[/] in {run['view_name']}: {_plain(run['gap_from'])} to {_plain(run['gap_to'])}")


def _minute(value: Optional[datetime]) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if value else ""


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
