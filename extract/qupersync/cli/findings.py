"""The findings in one line: for `status`, for the end of `run`, and for its exit code."""

from __future__ import annotations

from typing import Optional

from ..hints import hint
from ..report.model import SEVERITIES
from ..sql import quote
from ..warehouse.base import Warehouse
from .console import console

EXIT_CODE = 4  # of `run --fail-on`
MUTED = "muted"
_COLOURS = {MUTED: "dim", "critical": "red", "warning": "yellow", "info": "cyan"}


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


def show_findings(counted: Optional[dict[str, int]]) -> None:
    """Print the line."""
    out = console()
    if counted is None:
        out.print(f"findings: not built yet, run {hint('build')}", markup=True)
    elif not any(counted.values()):
        out.print("findings: [green]none[/]")
    else:
        parts = [f"[{_COLOURS[severity]}]{n} {severity}[/]" for severity, n in counted.items() if n]
        out.print(f"findings: {', '.join(parts)}   ({hint('report')} lists them)")


def at_least(counted: Optional[dict[str, int]], severity: str) -> int:
    """Number of findings of that severity or worse."""
    worse = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return sum((counted or {}).get(name, 0) for name in worse)
