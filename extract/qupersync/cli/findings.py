"""`qupersync findings`: what needs attention, what is new and what was resolved; in one line for `status` and `run`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Optional

from rich.markup import escape

from ..errors import ConfigurationError, WarehouseError
from ..hints import hint
from ..project import Project
from ..report.freshness import newest_syncs
from ..report.model import SEVERITIES
from ..sql import quote
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from .console import console

EXIT_CODE = 4  # of `run --fail-on` and `--fail-on-new`
MUTED = "muted"
NEW, OPEN, RESOLVED = "new", "open", "resolved"  # states: new and resolved are those since the sync before the newest
MAX_NAMED = 20  # findings that `run` names
_COLOURS = {MUTED: "dim", "critical": "red", "warning": "yellow", "info": "cyan"}
_KEYS = (
    "state", "severity", "cluster_id", "check_name", "database_name", "object_name", "measured", "unit", "threshold",
    "first_seen", "last_seen", "resolved_at", "reason", "statement", "muted_reason",
)  # fmt: skip


def findings(project: Project, target: Optional[str], names: Optional[list[str]], as_json: bool, only_new: bool) -> int:
    """Print the findings, the worst first; ``only_new``: those that the newest sync brought or resolved. 0.

    Errors: WarehouseError where none were built, ConfigurationError for a cluster that the warehouse does not have.
    """
    warehouse = open_warehouse(project, target)
    found = read_findings(warehouse, names)
    if found is None:
        raise WarehouseError(f"{warehouse.where} has no findings in {warehouse.marts_schema}: run {hint('build')}")
    shown = [one for one in found if one["state"] != OPEN or not only_new]
    if as_json:
        rows = [{key: _plain(one.get(key)) for key in _KEYS} for one in shown]
        print(json.dumps({"target": warehouse.target, "findings": rows}, indent=2))
        return 0
    show_findings(_count(one for one in found if one["state"] != RESOLVED), lists=False)
    for one in shown:
        _show(one)
    if only_new and not shown:
        console().print("none is new, none was resolved since the sync before the newest")
    return 0


def read_findings(warehouse: Warehouse, names: Optional[list[str]] = None) -> Optional[list[dict[str, Any]]]:
    """Findings with their state, of some clusters or of all: the worst first, then muted ones, then resolved ones.

    None where nothing is built yet. Errors: ConfigurationError for a cluster that was never synced.
    """
    marts, newest = quote(warehouse.marts_schema), newest_syncs(warehouse)
    columns, rows = warehouse.fetch(f"select * from {marts}.findings")
    if not columns:
        return None
    for name in names or ():
        if name not in newest:
            raise ConfigurationError(f"--cluster {name}: {warehouse.where} has {', '.join(newest) or 'no clusters'}")
    found = [dict(zip(columns, row)) for row in rows]
    for one in found:
        at = newest.get(one["cluster_id"])
        one.update(state=NEW if at and one["first_seen"] == at else OPEN, muted_reason=one.get("muted_reason"))
    if newest:
        columns, rows = warehouse.fetch(
            f"select * from {marts}.findings_history where resolved_at >= %s", (min(newest.values()),)
        )
        resolved = [dict(zip(columns, row)) for row in rows]
        found += [{**one, "state": RESOLVED} for one in resolved if one["resolved_at"] == newest.get(one["cluster_id"])]
    return sorted((one for one in found if not names or one["cluster_id"] in names), key=_order)


def _order(one: dict[str, Any]) -> tuple[Any, ...]:
    # Muted ones after the others, the resolved ones at the end; within a check the largest first.
    return (
        one["state"] == RESOLVED, bool(one.get("muted_reason")), SEVERITIES.index(one["severity"]),
        one["check_name"], -(one["measured"] or 0), one["cluster_id"], one["object_name"],
    )  # fmt: skip


def _count(found: Iterable[dict[str, Any]]) -> dict[str, int]:
    counted = dict.fromkeys((*SEVERITIES, MUTED), 0)
    for one in found:
        counted[MUTED if one.get("muted_reason") else one["severity"]] += 1
    return counted


def _name(one: dict[str, Any]) -> str:
    """The finding in a line, as markup."""
    place = ".".join(part for part in (one["database_name"], one["object_name"]) if part)
    colour = "green" if one["state"] == RESOLVED else _COLOURS[one["severity"]]
    return f"[{colour}]{one['severity']:<8}[/]  {escape(one['cluster_id'])}  {one['check_name']}: {escape(place)}"


def _show(one: dict[str, Any]) -> None:
    out, since = console(), one["first_seen"]
    state = {NEW: "new", OPEN: f"since {_minute(since)}", RESOLVED: f"resolved, was there since {_minute(since)}"}
    measured = f"{one['measured']:,.1f} {one['unit']}" if one.get("unit") and one["measured"] is not None else ""
    out.print(f"\n{_name(one)}")
    out.print("  " + ", ".join(part for part in (measured, state[one["state"]]) if part), markup=False)
    for text in (one.get("reason"), one.get("statement")):
        if text:
            out.print(f"  {text}", markup=False)
    if one.get("muted_reason"):
        out.print(f"  [dim]muted: {escape(one['muted_reason'])}[/]")


def show_changes(found: list[dict[str, Any]]) -> None:
    """Print by name what the newest syncs brought and resolved."""
    changed = [one for one in found if one["state"] != OPEN and not one.get("muted_reason")]
    for one in changed[:MAX_NAMED]:
        console().print(f"  {one['state']:<8}  {_name(one)}")
    if len(changed) > MAX_NAMED:
        console().print(f"  and {len(changed) - MAX_NAMED} more: {hint('findings --new')}", markup=False)


def count_findings(warehouse: Warehouse) -> Optional[dict[str, int]]:
    """Findings by severity, muted ones apart; None where nothing is built yet, which is not the same as no findings."""
    marts = quote(warehouse.marts_schema)
    names, _ = warehouse.fetch(f"select * from {marts}.findings limit 0")
    if not names:
        return None
    # A warehouse that was built before findings could be muted has none that are.
    muted = "muted_reason is not null" if "muted_reason" in names else "false"
    _, rows = warehouse.fetch(
        f"select case when {muted} then '{MUTED}' else severity end as counted, count(*) "
        f"from {marts}.findings group by 1"
    )
    counted = dict(rows)
    return {severity: int(counted.get(severity, 0)) for severity in (*SEVERITIES, MUTED)}


def show_findings(counted: Optional[dict[str, int]], lists: bool = True) -> None:
    """Print the line; ``lists``: with the command that lists them."""
    out = console()
    if counted is None:
        out.print(f"findings: not built yet, run {hint('build')}", markup=True)
    elif not any(counted.values()):
        out.print("findings: [green]none[/]")
    else:
        parts = [f"[{_COLOURS[severity]}]{n} {severity}[/]" for severity, n in counted.items() if n]
        out.print(f"findings: {', '.join(parts)}" + (f"   ({hint('findings')} lists them)" if lists else ""))


def at_least(found: list[dict[str, Any]], severity: str, states: tuple[str, ...]) -> bool:
    """Whether a finding of that severity or worse, in one of the states, is not muted."""
    worse = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return any(one["state"] in states and one["severity"] in worse and not one.get("muted_reason") for one in found)


def _minute(at: Optional[datetime]) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "an unknown time"


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value
