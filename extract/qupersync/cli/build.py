"""`qupersync build`: `dbt build` on the project."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Optional

from ..config.dbt_project import vars_argument
from ..errors import WarehouseError
from ..hints import hint
from ..project import Project
from ..sql import quote
from ..warehouse.open import open_warehouse
from .children import run_module
from .console import console
from .stamps import is_stamped


def dbt(project: Project, *arguments: str, target: str) -> int:
    """Run dbt on the project in a process of its own; its exit code."""
    words = [*arguments, "--project-dir", str(project.root), "--profiles-dir", str(project.profiles_dir)]
    environment = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "PYTHONWARNINGS": "ignore"}
    if not sys.stdout.isatty():
        environment.setdefault("DBT_USE_COLORS", os.environ.get("DBT_USE_COLORS", "false"))
    return run_module(
        "dbt.cli.main", [*words, "--target", target], cwd=project.root, environment=environment, forward=is_stamped()
    ).returncode


def build(project: Project, target: Optional[str], arguments: Optional[Sequence[str]] = None) -> int:
    """Build entities and marts and run their tests; 0 when all passed, else 1.

    ``arguments`` are dbt's; default: the vars of the user's own file.
    """
    words = vars_argument(project) if arguments is None else arguments
    from filelock import FileLock

    warehouse = open_warehouse(project, target)
    warehouse.connect().close()
    out = console()
    out.print(f"building entities and marts in {warehouse.target} (dbt build)")
    if not warehouse.fetch(f"select 1 from {quote(warehouse.staging_schema)}.sync_runs limit 1")[1]:
        # dbt warns too, but --quiet keeps that from the terminal.
        fills = f"{hint('sync', warehouse.target)} fills them"
        out.print(f"  [yellow]{warehouse.staging_schema} holds no sync: building on empty tables; {fills}[/]")
    # Where dbt writes to: a relative path is relative to the project, where dbt is run.
    results = project.root / os.environ.get("DBT_TARGET_PATH", "target") / "run_results.json"
    before = results.stat().st_mtime_ns if results.exists() else 0
    project.private_home()
    with FileLock(project.home / f"{warehouse.identity}-build.lock"), warehouse.build_lock():
        code = dbt(project, "--quiet", "build", *words, target=warehouse.target)
    if not results.exists() or results.stat().st_mtime_ns == before:
        raise WarehouseError(f"dbt exited with {code} before it built anything: see logs/dbt.log")
    counts = Counter(result["status"] for result in json.loads(results.read_text(encoding="utf-8"))["results"])
    out.print("  " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    return 1 if code else 0
