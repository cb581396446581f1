"""`qupersync build`: `dbt build` on the project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Optional

from ..errors import WarehouseError
from ..project import Project
from ..sql import quote
from ..warehouse.open import open_warehouse
from .console import console


def dbt(project: Project, *arguments: str, target: str) -> int:
    """Run dbt on the project in a process of its own; its exit code."""
    command = [sys.executable, "-m", "dbt.cli.main", *arguments]
    command += ["--project-dir", str(project.root), "--profiles-dir", str(project.profiles_dir), "--target", target]
    environment = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "PYTHONWARNINGS": "ignore"}
    return subprocess.run(command, env=environment, cwd=project.root, check=False).returncode


def build(project: Project, target: Optional[str]) -> int:
    """Build entities and marts and run their tests; 0 when all passed, else 1."""
    from filelock import FileLock

    warehouse = open_warehouse(project, target)
    warehouse.connect().close()
    out = console()
    out.print(f"building entities and marts in {warehouse.target} (dbt build)")
    if not warehouse.fetch(f"select 1 from {quote(warehouse.staging_schema)}.sync_runs limit 1")[1]:
        # dbt warns too, but --quiet keeps that from the terminal.
        hint = f"`qupersync sync --target {warehouse.target}` fills them"
        out.print(f"  [yellow]{warehouse.staging_schema} holds no sync: building on empty tables; {hint}[/]")
    # Where dbt writes to: a relative path is relative to the project, where dbt is run.
    results = project.root / os.environ.get("DBT_TARGET_PATH", "target") / "run_results.json"
    before = results.stat().st_mtime_ns if results.exists() else 0
    project.private_home()
    with FileLock(project.home / f"{warehouse.identity}-build.lock"), warehouse.build_lock():
        code = dbt(project, "--quiet", "build", target=warehouse.target)
    if not results.exists() or results.stat().st_mtime_ns == before:
        raise WarehouseError(f"dbt exited with {code} before it built anything: see logs/dbt.log")
    counts = Counter(result["status"] for result in json.loads(results.read_text(encoding="utf-8"))["results"])
    out.print("  " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    return 1 if code else 0
