"""`qupersync schema`: dbt's description of the staging tables, generated from the row dataclasses."""

from __future__ import annotations

from ..errors import ConfigurationError
from ..hints import hint
from ..project import Project
from ..staging.dbt_sources import sources_yaml


def write_sources(project: Project, check: bool = False) -> int:
    """Write models/staging/sources.yml, or with ``check`` only compare it (1 when it differs).

    Errors: ConfigurationError where the models are not the user's to change.
    """
    if not project.is_checkout:
        raise ConfigurationError(f"schema writes a file of QuperSync's own models: {project.root} is not a checkout")
    path = project.root / "models" / "staging" / "sources.yml"
    wanted = sources_yaml()
    current = path.read_text(encoding="utf-8") if path.exists() else None
    shown = path.relative_to(project.root)
    if current == wanted:
        print(f"{shown} is up to date")
        return 0
    if check:
        print(f"{shown} differs from the dataclasses: run {hint('schema')}")
        return 1
    path.write_text(wanted, encoding="utf-8")
    print(f"wrote {shown}")
    return 0
