"""`qupersync check --explain`: EXPLAIN of every statement that dbt compiles for the warehouse."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Optional

from rich.markup import escape

from ..checks.explain import Explained
from ..checks.explain import explain as explain_statements
from ..config.dbt_project import project_name, vars_argument
from ..errors import WarehouseError
from ..project import Project
from ..warehouse.open import open_warehouse
from .build import dbt
from .console import console


def explain(project: Project, target: Optional[str], as_json: bool) -> int:
    """EXPLAIN the compiled models and data tests; 0 when the warehouse accepts all of them, else 1."""
    warehouse = open_warehouse(project, target)
    warehouse.connect().close()
    found = []
    for verdict in explain_statements(warehouse, _manifest(project, warehouse.target), project_name(project)):
        found.append(verdict)
        if not as_json:
            _show(verdict)
    ok = all(verdict.ok for verdict in found)
    if as_json:
        print(json.dumps({"ok": ok, "statements": [{**asdict(one), "ok": one.ok} for one in found]}, indent=2))
    else:
        counts = Counter("rejected" if one.error else "not tried" if one.skipped else "accepted" for one in found)
        summary = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
        console().print(f"{len(found)} statements explained by {warehouse.where}: {summary}")
    return 0 if ok else 1


def _manifest(project: Project, target: str) -> dict[str, object]:
    """What dbt knows of the project, with its SQL compiled for the target."""
    project.private_home()
    with tempfile.TemporaryDirectory(prefix="explain-", dir=project.home) as folder:
        words = ["--quiet", "compile", "--target-path", folder, *vars_argument(project)]
        code = dbt(project, *words, target=target)
        file = Path(folder, "manifest.json")
        if code or not file.exists():
            raise WarehouseError(f"dbt compile exited with {code}: see logs/dbt.log")
        document: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
        return document


def _show(verdict: Explained) -> None:
    state = "[red]rejected[/]" if verdict.error else "[yellow]not tried[/]" if verdict.skipped else "[green]ok[/]"
    note = verdict.error or verdict.skipped
    console().print(f"{state} {verdict.kind} {verdict.name}" + (f": {escape(note)}" if note else ""), soft_wrap=True)
