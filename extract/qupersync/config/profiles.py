"""The dbt profile: where the warehouse is described, once. Read without importing dbt, which takes seconds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from ..errors import ConfigurationError
from ..hints import hint
from ..project import Project, write_private
from .files import load_yaml, read_text

PROFILE = "qupersync"
DEFAULT_TARGET = "embedded"
_GENERATED = "# Written by qupersync with the embedded server's port and password: rewritten when they change.\n"
# By these a profile of the user's own, such as a copy of profiles.example.yml, finds the embedded server.
EMBEDDED_PORT = "QUPERSYNC_EMBEDDED_PORT"
EMBEDDED_PASSWORD = "QUPERSYNC_EMBEDDED_PASSWORD"


@dataclass(frozen=True)
class Origin:
    """Where the settings of a target come from: messages name it."""

    file: Path = Path("profiles.yml")
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # setting → the variables that it reads

    def name(self, target: str, setting: str) -> str:
        """A setting as the file has it, with the environment variables that it reads."""
        read = self.variables.get(setting, ())
        return f"outputs.{target}.{setting}" + (f" (environment variable {', '.join(read)})" if read else "")


@dataclass(frozen=True)
class Target:
    """One target (dbt calls it an output) of the profile."""

    name: str
    type: str  # of the adapter
    settings: dict[str, Any] = field(repr=False)  # rendered
    origin: Origin = Origin()


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
    # The name only: the settings may need variables that are there once the embedded server is.
    return _output(profiles, None)[0] if profiles.exists() else DEFAULT_TARGET


def named_target(target: Optional[str]) -> Optional[str]:
    """The target asked for, else that of the environment; None: the profile has to say."""
    return target or os.environ.get("QUPERSYNC_TARGET") or os.environ.get("DBT_TARGET") or None


def _render(value: Any, setting: str, file: Path, variables: dict[str, tuple[str, ...]]) -> Any:
    """A setting, rendered; ``variables`` is told which ones it reads. Errors: ConfigurationError."""
    if isinstance(value, dict):
        return {key: _render(item, f"{setting}.{key}", file, variables) for key, item in value.items()}
    if not isinstance(value, str) or "{" not in value:
        return value
    from jinja2 import Environment, StrictUndefined, TemplateError

    def env_var(name: str, default: Optional[str] = None) -> str:
        variables[setting] = (*variables.get(setting, ()), name)
        found = os.environ.get(name, default)
        if found is None:
            ours = name in (EMBEDDED_PORT, EMBEDDED_PASSWORD)
            way = f"; {hint('warehouse url', DEFAULT_TARGET)} prints port and password" if ours else ""
            raise ConfigurationError(f"{file}: {setting} needs the environment variable {name}{way}")
        return found

    environment = Environment(undefined=StrictUndefined)
    for name in ("as_number", "as_native", "as_text", "as_bool"):
        environment.filters[name] = lambda item: item
    try:
        return environment.from_string(value).render(env_var=env_var)
    except TemplateError as error:
        raise ConfigurationError(f"{file}: {setting} cannot be rendered: {error}") from None


def _output(profiles: Path, target: Optional[str]) -> tuple[str, Any]:
    """The name of a target and its settings as they are written. Errors: ConfigurationError."""
    if not profiles.exists():
        raise ConfigurationError(f"{profiles} is missing: copy profiles.example.yml to it")
    document = load_yaml(profiles)
    profile = document.get(PROFILE) if isinstance(document, dict) else None
    outputs = profile.get("outputs") if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or not isinstance(outputs, dict):
        raise ConfigurationError(f"{profiles} has no profile {PROFILE!r} with outputs")
    name = named_target(target) or _render(profile.get("target", DEFAULT_TARGET), "target", profiles, {})
    if name not in outputs:
        there = ", ".join(str(one) for one in outputs)
        raise ConfigurationError(f"{profiles} has no target {name!r} (there are: {there})")
    return name, outputs[name]


def read_target(profiles: Path, target: Optional[str]) -> Target:
    """One target of the profile ``qupersync``, rendered. Errors: ConfigurationError naming file and setting."""
    name, written = _output(profiles, target)
    prefix = f"outputs.{name}."
    variables: dict[str, tuple[str, ...]] = {}
    settings = _render(written, prefix[:-1], profiles, variables)
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{profiles}: target {name!r} must be a table with type, host and so on")
    if not settings.get("host"):
        raise ConfigurationError(f"{profiles}: target {name!r} lacks host")
    read = {setting.removeprefix(prefix): names for setting, names in variables.items()}
    return Target(name, str(settings.get("type")), settings, Origin(profiles, read))


def write_profile(project: Project, port: int, password: str) -> bool:
    """profiles.yml with the embedded server's port and password; False: a file that the user wrote is left alone."""
    path = profiles_file(project)
    if path.exists() and not read_text(path).startswith(_GENERATED):
        return False
    example = (project.dbt_root / "profiles.example.yml").read_text(encoding="utf-8")
    text = example.replace(f"{{{{ env_var('{EMBEDDED_PORT}') | as_number }}}}", str(port))
    text = text.replace(f"{{{{ env_var('{EMBEDDED_PASSWORD}') }}}}", password)
    text = text.replace(f'"{port}"', str(port))
    if not path.exists() or read_text(path) != _GENERATED + text:
        try:
            write_private(path, _GENERATED + text)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
    return True


def set_embedded_variables(port: int, password: str) -> None:
    """The embedded server's port and password for a profile of the user's own: ours to render, and that of our dbt.

    Variables that are set are left alone.
    """
    for name, value in ((EMBEDDED_PORT, str(port)), (EMBEDDED_PASSWORD, password)):
        if not os.environ.get(name):
            os.environ[name] = value
