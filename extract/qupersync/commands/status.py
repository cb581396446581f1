"""`qupersync status`: fresh or stale, what the last syncs read, what is missing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Optional

from rich.table import Table

from ..embedded import EmbeddedServer
from ..project import Project
from ..schema import quote
from ..source import utc_now
from ..warehouse import Warehouse, open_warehouse
from .console import console
from .findings import count_findings, show_findings

STALE_AFTER = timedelta(days=1)


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


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value


def status(project: Project, target: Optional[str], as_json: bool) -> int:
    """Print the state of the warehouse; 0, or 1 when a cluster is stale or a view failed."""
    warehouse = open_warehouse(project, target)
    runs = last_runs(warehouse)
    now = utc_now()
    clusters: dict[str, dict[str, Any]] = {}
    for run in runs:
        entry = clusters.setdefault(run["cluster_id"], {"last_sync": run["finished_at"], "views": []})
        entry["last_sync"] = max(entry["last_sync"], run["finished_at"])
        entry["views"].append(run)
    for entry in clusters.values():
        entry["stale"] = now - entry["last_sync"] > STALE_AFTER
        entry["failed"] = [run["view_name"] for run in entry["views"] if run["outcome"] == "failed"]
    findings = count_findings(warehouse)
    bad = any(entry["stale"] or entry["failed"] for entry in clusters.values())
    if as_json:
        print(
            json.dumps(
                {"target": warehouse.target, "findings": findings, "clusters": clusters}, default=_plain, indent=2
            )
        )
        return 1 if bad else 0
    out = console()
    out.print(f"warehouse {warehouse.target} ({warehouse.type} {warehouse.settings['host']}:{warehouse.port})")
    if warehouse.target in ("embedded", "demo"):
        out.print(f"  server log {EmbeddedServer(project).log}")
    if not clusters:
        out.print("nothing has been synced yet: `qupersync sync`")
        return 0
    show_findings(findings)
    for name, entry in clusters.items():
        age = _age(now - entry["last_sync"])
        state = f"[red]stale, last sync {age} ago[/]" if entry["stale"] else f"[green]fresh, last sync {age} ago[/]"
        out.print(f"\ncluster [bold]{name}[/]: {state}")
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in ("view", "outcome", "rows read from (UTC)", "newest seen (UTC)"):
            table.add_column(column)
        table.add_column("rows", justify="right")
        table.add_column("set aside", justify="right")
        for run in entry["views"]:
            view = f"{run['view_name']} of {run['database_name']}" if run["database_name"] else run["view_name"]
            colour = "red" if run["outcome"] == "failed" else "dim" if run["outcome"] != "ok" else ""
            start = _plain(run["window_from"]) if run["window_from"] else ("all" if run["outcome"] == "ok" else "")
            table.add_row(
                view, f"[{colour}]{run['outcome']}[/]" if colour else run["outcome"], start,
                _plain(run["window_to"]) or "", f"{run['rows_read']:,}", f"{run['rows_rejected'] or ''}",
            )  # fmt: skip
        out.print(table)
        for run in entry["views"]:
            if run["error"]:
                out.print(f"[red]{run['view_name']}[/]: {run['error']}", markup=True)
            if run["gap_from"]:
                out.print(f"[yellow]gap[/] in {run['view_name']}: {_plain(run['gap_from'])} to {_plain(run['gap_to'])}")
    return 1 if bad else 0


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
