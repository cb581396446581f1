"""The user's own settings: ``qupersync.yml`` beside dbt_project.yml, with vars and muted findings."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..project import Project
from .files import load_yaml, nearest, parse_yaml
from .prices import PRICES, check_prices

FILE = "qupersync.yml"
MUTES = "findings_mutes"  # the var that `mutes` becomes
_SECTIONS = ("vars", "mutes")
_TABLES_OF_NUMBERS = ("keep_days",)
_MUTE = ("check", "object", "cluster", "reason", "until")


def settings_file(project: Project) -> Path:
    """The user's settings, whether the file exists or not: ``$QUPERSYNC_SETTINGS``, else the project's.

    Errors: ConfigurationError where the variable names a file that does not exist.
    """
    configured = os.environ.get("QUPERSYNC_SETTINGS")
    file = Path(configured).expanduser() if configured else project.root / FILE
    if configured and not file.exists():
        raise ConfigurationError(f"QUPERSYNC_SETTINGS: there is no file {file}")
    return file


def user_vars(project: Project, defaults: dict[str, Any]) -> dict[str, Any]:
    """The vars of the user's file; its mutes are one of them. ``defaults`` are the vars that there are.

    Errors: ConfigurationError naming the file and the var.
    """
    file = settings_file(project)
    if not file.exists():
        return {}
    document = load_yaml(file)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigurationError(f"{file}: there are {' and '.join(_SECTIONS)}, each with a list or table below it")
    for section in document:
        if section not in _SECTIONS:
            raise ConfigurationError(
                f"{file}: unknown section {section!r}{nearest(str(section), [*_SECTIONS, *defaults])}; "
                f"there are {' and '.join(_SECTIONS)}"
            )
    vars_ = check_vars(document.get("vars") or {}, defaults, f"{file}: vars")
    mutes = _check_mutes(document.get("mutes") or [], defaults, f"{file}: mutes")
    return {**vars_, **({MUTES: mutes} if mutes else {})}


def given_vars(text: str, defaults: dict[str, Any]) -> dict[str, Any]:
    """The vars of the command line. Errors: ConfigurationError naming the var."""
    return check_vars(parse_yaml(text, "--vars"), defaults, "--vars")


def check_vars(found: Any, defaults: dict[str, Any], where: str) -> dict[str, Any]:
    """The vars, if each has a default and is of its type. Errors: ConfigurationError."""
    if not isinstance(found, dict):
        raise ConfigurationError(f"{where}: a table of vars is expected, such as {{test_days: 3}}, not {found!r}")
    checked: dict[str, Any] = {}
    for name, value in found.items():
        if name not in defaults:
            raise ConfigurationError(f"{where}: there is no var {name!r}{nearest(str(name), defaults)}")
        if name == MUTES:
            checked[name] = _check_mutes(value, defaults, f"{where}.{name}")
            continue
        if name in PRICES:
            checked[name] = check_prices(value, f"{where}.{name}")
            continue
        wanted = _wanted(value, defaults[name], name)
        if wanted:
            raise ConfigurationError(f"{where}.{name} must be {wanted}, not {value!r}")
        checked[name] = value
    return checked


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _wanted(value: Any, default: Any, name: str) -> str:
    """What the value should be and is not, or nothing."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(default, (int, float)):
        return "" if _is_number(value) else "a number, 0 or more"
    if isinstance(default, dict):
        of_numbers = name not in _TABLES_OF_NUMBERS or (
            isinstance(value, dict) and all(_is_number(one) for one in value.values())
        )
        wanted = "a table with a number, 0 or more, for each name" if name in _TABLES_OF_NUMBERS else "a table"
        return "" if isinstance(value, dict) and of_numbers else wanted
    if isinstance(default, list):
        texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        if texts and name == "findings_checks":
            unknown = [one for one in value if one not in default]
            return f"some of {', '.join(default)}{nearest(unknown[0], default)}" if unknown else ""
        return "" if texts else "a list of texts"
    if isinstance(default, str):
        return "" if isinstance(value, str) else "a text"
    return ""


def _check_mutes(found: Any, defaults: dict[str, Any], where: str) -> list[dict[str, str]]:
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ConfigurationError(f"{where}: a list is expected, each entry with {', '.join(_MUTE)}")
    return [_check_mute(one, defaults.get("findings_checks") or [], f"{where}[{n}]") for n, one in enumerate(found, 1)]


def _check_mute(mute: dict[Any, Any], checks: list[str], where: str) -> dict[str, str]:
    for name in mute:
        if name not in _MUTE:
            raise ConfigurationError(f"{where}: unknown key {name!r}{nearest(str(name), _MUTE)}")
    for name in ("check", "reason"):
        if not str(mute.get(name) or "").strip():
            raise ConfigurationError(f"{where}: {name} is missing")
    if "check" in mute and str(mute["check"]).replace(" ", "_") not in checks:
        raise ConfigurationError(
            f"{where}: there is no check {mute['check']!r}{nearest(str(mute['check']).replace(' ', '_'), checks)}; "
            f"there are {', '.join(checks)}"
        )
    checked = {name: str(value) for name, value in mute.items() if value is not None}
    if len(checked["reason"]) > 1000:
        raise ConfigurationError(f"{where}: reason has more than 1000 characters")
    if "until" in checked:
        try:
            date.fromisoformat(checked["until"])
        except ValueError:
            raise ConfigurationError(
                f"{where}: until must be a date such as 2026-12-31, not {checked['until']!r}"
            ) from None
    return checked
