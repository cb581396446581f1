"""`qupersync build`: `dbt build` on the project."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from ..config.dbt_project import project_name, vars_argument
from ..errors import ConfigurationError, WarehouseError
from ..hints import hint
from ..project import Project
from ..sql import quote
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from .children import run_module
from .console import console
from .stamps import is_stamped

# They say what the models compute with the default thresholds: not with the user's, and nothing of the user's data.
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


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
    """Build entities and marts and run their data tests; 0 when all passed, else 1.

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
        code = dbt(project, "--quiet", "build", *WITHOUT_UNIT_TESTS, *words, target=warehouse.target)
    if not results.exists() or results.stat().st_mtime_ns == before:
        raise WarehouseError(f"dbt exited with {code} before it built anything: see logs/dbt.log")
    counts = Counter(result["status"] for result in json.loads(results.read_text(encoding="utf-8"))["results"])
    out.print("  " + ", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    _refuse_other_schemas(warehouse, results.with_name("manifest.json"), project_name(project))
    return 1 if code else 0


def _refuse_other_schemas(warehouse: Warehouse, manifest: Path, package: str) -> None:
    """The commands look for models in the schemas that the vars name: an own `+schema` or macro may say otherwise.

    Then findings would be none, a backup empty, and `forget` would keep rows. Errors: ConfigurationError.
    """
    views, entities, marts = warehouse.views_schema, warehouse.schema, warehouse.marts_schema
    wanted = {"staging": (views,), "bookkeeping": (views, entities), "entities": (entities,), "marts": (marts,),
              "findings": (marts,), "seeds": (views,)}  # by the folder of a model  # fmt: skip
    names = {views: "views", entities: "entities", marts: "marts"}
    nodes: dict[str, dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    for node in nodes.values():
        made = node["resource_type"] in ("model", "seed") and node["config"]["materialized"] != "ephemeral"
        if node["package_name"] != package or not made:
            continue
        schemas = wanted.get(Path(node["original_file_path"]).parts[1], warehouse.schemas)
        if node["schema"] not in schemas:
            raise ConfigurationError(
                f"dbt builds {node['name']} in schema {node['schema']!r} and the other commands look in "
                f"{schemas[0]!r}: name it by the var qupersync_{names[schemas[0]]}_schema in dbt_project.yml, "
                "without --vars, a +schema for QuperSync's models or a generate_schema_name"
            )
