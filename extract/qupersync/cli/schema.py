"""`qupersync schema`: dbt's description of the staging tables, generated from the row dataclasses."""

from __future__ import annotations

from ..project import Project
from ..staging.dbt_sources import sources_yaml


def write_sources(project: Project, check: bool = False) -> int:
    """Write models/staging/sources.yml, or with ``check`` only compare it (1 when it differs)."""
    path = project.root / "models" / "staging" / "sources.yml"
    wanted = sources_yaml()
    current = path.read_text(encoding="utf-8") if path.exists() else None
    shown = path.relative_to(project.root)
    if current == wanted:
        print(f"{shown} is up to date")
        return 0
    if check:
        print(f"{shown} differs from the dataclasses: run `qupersync schema`")
        return 1
    path.write_text(wanted, encoding="utf-8")
    print(f"wrote {shown}")
    return 0
