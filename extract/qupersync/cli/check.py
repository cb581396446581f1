"""`qupersync check`: view access of each cluster with the missing GRANTs, the schedule, and the warehouse."""

from __future__ import annotations

import json
from typing import Optional

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ..checks.clusters import ClusterCheck, check_cluster
from ..checks.schedule import check_schedule
from ..checks.warehouses import WarehouseCheck, check_warehouse
from ..project import Project
from ..warehouse.open import open_warehouse
from .console import console
from .targets import clusters_for

_COLOURS = {"all rows": "green", "own rows": "yellow", "unused": "dim", "absent": "dim"}


def check(project: Project, target: Optional[str], names: Optional[list[str]], as_json: bool) -> int:
    """Check the clusters and the warehouse; 0 when nothing that is required is missing, else 1."""
    opened = open_warehouse(project, target)
    configs = clusters_for(project, opened, names)
    clusters = [check_cluster(config) for config in configs]
    warehouse = check_warehouse(opened)
    if warehouse.reachable:
        for cluster, config in zip(clusters, configs):
            cluster.warning = check_schedule(opened, config)
    ok = warehouse.ok and all(cluster.ok for cluster in clusters)
    if as_json:
        document = {"ok": ok, "clusters": [c.to_dict() for c in clusters], "warehouse": warehouse.to_dict()}
        print(json.dumps(document, indent=2, default=str))
    else:
        for cluster in clusters:
            _show_cluster(cluster)
        _show_warehouse(warehouse)
    return 0 if ok else 1


def _show_cluster(found: ClusterCheck) -> None:
    out = console()
    if found.error:
        out.print(f"cluster [bold]{found.cluster}[/]: [red]could not connect[/]")
        out.print(f"  {found.error}\n", markup=False)
        return
    verdict = "[green]ready[/]" if found.ok else "[red]access is incomplete[/]"
    out.print(f"cluster [bold]{found.cluster}[/]: {verdict}   {found.deployment}, user {found.user}")
    out.print(f"  {found.engine}", markup=False, style="dim")
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("  view", "access", "notes"):
        table.add_column(heading, no_wrap=heading != "notes")
    for view in found.views:
        name = f"  {view.view} of {view.database}" if view.database else f"  {view.view}"
        colour = _COLOURS.get(view.state, "red") if view.ok or view.state == "own rows" else "red"
        table.add_row(name, Text(view.state, style=colour), Text(view.note))
    out.print(table)
    if found.fixes:
        out.print("  fix, as a superuser of the cluster:")
        for fix in found.fixes:
            out.print(f"    {fix}", markup=False, style="bold")
    if found.warning:
        out.print(f"  [yellow]schedule[/]: {escape(found.warning)}")
    out.print()


def _show_warehouse(found: WarehouseCheck) -> None:
    out = console()
    verdict = (
        "[green]ready[/]" if found.ok else "[red]not writable[/]" if found.reachable else "[red]could not connect[/]"
    )
    isolation = f", isolation level: {found.isolation}" if found.isolation else ""
    out.print(f"warehouse [bold]{found.target}[/]: {verdict}   loads {found.loads}{isolation}")
    if found.note:
        out.print(f"  {found.note}", markup=False)
