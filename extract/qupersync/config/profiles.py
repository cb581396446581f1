"""The dbt profile: where the warehouse is described, once. Read without importing dbt, which takes seconds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from ..errors import ConfigurationError
from ..project import Project, write_private
from .files import load_yaml, read_text

PROFILE = "qupersync"
DEFAULT_TARGET = "embedded"
_GENERATED = "# Written by qupersync with the embedded server's port and password: rewritten when they change.\n"


@dataclass(frozen=True)
class Target:
    """One target (dbt calls it an output) of the profile."""

    name: str
    type: str  # of the adapter
    settings: dict[str, Any] = field(repr=False)  # rendered


def profiles_file(project: Project) -> Path:
    """The project's profiles.yml, whether it exists or not."""
    return project.profiles_dir / "profiles.yml"


def wanted_target(project: Project, target: Optional[str]) -> str:
    """The target asked for, else ``$QUPERSYNC_TARGET``, else ``$DBT_TARGET``, else the profile's default.

    Errors: ConfigurationError.
    """
    named = named_target(target)
    if named:
        return named
    profiles = profiles_file(project)
    return read_target(profiles, None).name if profiles.exists() else DEFAULT_TARGET


def named_target(target: Optional[str]) -> Optional[str]:
    """The target asked for, else that of the environment; None: the profile has to say."""
    return target or os.environ.get("QUPERSYNC_TARGET") or os.environ.get("DBT_TARGET") or None


def _render(value: Any, setting: str) -> Any:
    if isinstance(value, dict):
        return {key: _render(item, f"{setting}.{key}") for key, item in value.items()}
    if not isinstance(value, str) or "{" not in value:
        return value
    from jinja2 import Environment, StrictUndefined, TemplateError

    def env_var(name: str, default: Optional[str] = None) -> str:
        found = os.environ.get(name, default)
        if found is None:
            raise ConfigurationError(f"profiles.yml: {setting} needs the environment variable {name}")
        return found

    environment = Environment(undefined=StrictUndefined)
    for name in ("as_number", "as_native", "as_text", "as_bool"):
        environment.filters[name] = lambda item: item
    try:
        return environment.from_string(value).render(env_var=env_var)
    except TemplateError as error:
        raise ConfigurationError(f"profiles.yml: {setting} cannot be rendered: {error}") from None


def read_target(profiles: Path, target: Optional[str]) -> Target:
    """One target of the profile ``qupersync``, rendered. Errors: ConfigurationError naming file and setting."""
    if not profiles.exists():
        raise ConfigurationError(f"{profiles} is missing: copy profiles.example.yml to it")
    document = load_yaml(profiles)
    profile = document.get(PROFILE) if isinstance(document, dict) else None
    outputs = profile.get("outputs") if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or not isinstance(outputs, dict):
        raise ConfigurationError(f"{profiles} has no profile {PROFILE!r} with outputs")
    name = named_target(target) or _render(profile.get("target", DEFAULT_TARGET), "target")
    if name not in outputs:
        there = ", ".join(str(one) for one in outputs)
        raise ConfigurationError(f"{profiles} has no target {name!r} (there are: {there})")
    settings = _render(outputs[name], f"outputs.{name}")
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{profiles}: target {name!r} must be a table with type, host and so on")
    if not settings.get("host"):
        raise ConfigurationError(f"{profiles}: target {name!r} lacks host")
    return Target(name, str(settings.get("type")), settings)


def write_profile(project: Project, port: int, password: str) -> None:
    """profiles.yml with the embedded server's port and password; a file that the user wrote is left alone."""
    path = profiles_file(project)
    if path.exists() and not read_text(path).startswith(_GENERATED):
        return
    example = (project.dbt_root / "profiles.example.yml").read_text(encoding="utf-8")
    text = example.replace("{{ env_var('QUPERSYNC_EMBEDDED_PORT') | as_number }}", str(port))
    text = text.replace("{{ env_var('QUPERSYNC_EMBEDDED_PASSWORD') }}", password)
    text = text.replace(f'"{port}"', str(port))
    if not path.exists() or read_text(path) != _GENERATED + text:
        try:
            write_private(path, _GENERATED + text)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
