"""The findings in one line: for `status`, for the end of `run`, and for its exit code."""

from __future__ import annotations

from typing import Optional

from ..report.model import SEVERITIES
from ..sql import quote
from ..warehouse.base import Warehouse
from .console import console

EXIT_CODE = 4  # of `run --fail-on`
_COLOURS = {"critical": "red", "warning": "yellow", "info": "cyan"}


def count_findings(warehouse: Warehouse) -> Optional[dict[str, int]]:
    """Findings by severity; None where nothing is built yet, which is not the same as no findings."""
    marts = quote(warehouse.marts_schema)
    names, rows = warehouse.fetch(f"select severity, count(*) from {marts}.findings group by severity")
    if not names:
        return None
    counted = dict(rows)
    return {severity: int(counted.get(severity, 0)) for severity in SEVERITIES}


def show_findings(counted: Optional[dict[str, int]]) -> None:
    """Print the line."""
    out = console()
    if counted is None:
        out.print("findings: not built yet, run `qupersync build`")
    elif not any(counted.values()):
        out.print("findings: [green]none[/]")
    else:
        parts = [f"[{_COLOURS[severity]}]{n} {severity}[/]" for severity, n in counted.items() if n]
        out.print(f"findings: {', '.join(parts)}   (`qupersync report` lists them)")


def at_least(counted: Optional[dict[str, int]], severity: str) -> int:
    """Number of findings of that severity or worse."""
    worse = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return sum((counted or {}).get(name, 0) for name in worse)
