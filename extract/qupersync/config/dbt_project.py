"""The dbt project: its vars, and its models by their meta. Read without importing dbt, which takes seconds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from ..errors import ConfigurationError, first_line
from ..project import Project
from .files import load_yaml, nearest, read_text
from .settings import FILE, given_vars, settings_file, user_vars

APPLIES_SYNCS = "applies_syncs"  # in a model's `meta`: the model processes staged syncs and has rows in the ledger
BOUNDED_BY = "drop_old_days("  # the post-hook of the marts that the var keep_days bounds


SCHEMA_NAME = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"  # which dlt and dbt write alike


@dataclass(frozen=True)
class Schemas:
    """The vars ``qupersync_…_schema`` of the dbt project; the defaults are those of dbt_project.yml."""

    staging: str = ""  # the whole name; "" for <schema of the target>_staging
    views: str = "staging"  # these three follow the target's schema and "_"; "" for the target's schema
    entities: str = ""
    marts: str = "marts"


def schemas(project: Project) -> Schemas:
    """The schemas as the vars name them. Errors: ConfigurationError naming the var."""
    found, names = dbt_vars(project), {}
    for field in ("staging", "views", "entities", "marts"):
        name = found.get(f"qupersync_{field}_schema", getattr(Schemas, field))
        names[field] = "" if name is None else name
        if names[field] != "" and not (isinstance(name, str) and re.fullmatch(SCHEMA_NAME, name)):
            raise ConfigurationError(
                f"dbt_project.yml: vars.qupersync_{field}_schema must be small letters, digits and single underscores, "
                f"not {name!r}"
            )
    return Schemas(**names)


def project_name(project: Project) -> str:
    """The name of QuperSync's dbt project, which is the package of its models. Errors: ConfigurationError."""
    return str(_load(project.dbt_root / "dbt_project.yml").get("name"))


def default_vars(project: Project) -> dict[str, Any]:
    """The vars of dbt_project.yml; those of the project's own section win, as in dbt, and those of the user's folder.

    Errors: ConfigurationError.
    """
    package = project_name(project)
    found: dict[str, Any] = {}
    for folder in dict.fromkeys((project.dbt_root, project.root)):
        file = folder / "dbt_project.yml"
        given = _load(file).get("vars") or {}
        if not isinstance(given, dict):
            raise ConfigurationError(f"{file}: vars must be a table, not {given!r}")
        own: Optional[dict[str, Any]] = given.get(package)
        found.update({**given, **own} if isinstance(own, dict) else given)
    return found


def dbt_vars(project: Project) -> dict[str, Any]:
    """All vars: those of the user's own file win over those of dbt_project.yml. Errors: ConfigurationError."""
    defaults = default_vars(project)
    return {**defaults, **user_vars(project, defaults)}


def vars_for_dbt(project: Project, given: Optional[str] = None) -> dict[str, Any]:
    """The vars that dbt has to be handed: those of the user's own file, and of the command line, which win.

    Errors: ConfigurationError naming the var.
    """
    defaults = default_vars(project)
    found = user_vars(project, defaults)
    _check_bounded(project, found, f"{settings_file(project)}: vars")
    if given is not None:
        of_command = given_vars(given, defaults)
        _check_bounded(project, of_command, "--vars")
        found = {**found, **of_command}
    return found


def vars_argument(project: Project, given: Optional[str] = None) -> tuple[str, ...]:
    """Dbt's argument with these vars; none where there are none. Errors: ConfigurationError."""
    found = vars_for_dbt(project, given)
    return ("--vars", json.dumps(found, default=str)) if found else ()


def number_var(project: Project, name: str) -> float:
    """A var that is a number above 0. Errors: ConfigurationError naming the var and its file."""
    defaults = default_vars(project)
    own = user_vars(project, defaults)
    value = {**defaults, **own}.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        file = FILE if name in own else "dbt_project.yml"
        raise ConfigurationError(f"{file}: vars.{name} must be a number above 0, not {value!r}")
    return float(value)


def models_with_meta(project: Project, key: str) -> tuple[str, ...]:
    """Names, sorted, of the models whose meta sets ``key`` to true, in ``config()`` of their SQL or in their YAML.

    Errors: ConfigurationError for a file that cannot be read.
    """
    found: set[str] = set()
    for file in _files_of_models(project):
        if file.suffix not in (".sql", ".yml", ".yaml"):
            continue
        text = read_text(file)
        if key in text:  # few files have it, and parsing all of them takes long
            found |= set(_marked_in_sql(file, text, key) if file.suffix == ".sql" else _marked_in_yaml(file, key))
    return tuple(sorted(found))


def relation_names(project: Project) -> frozenset[str]:
    """Names of the relations that dbt makes, and of those that it could: models and seeds.

    Errors: ConfigurationError where there is none: then everything would be taken for somebody else's.
    """
    found = frozenset(file.stem for file in _files_of_models(project) if file.suffix in (".sql", ".csv"))
    if not found:
        raise ConfigurationError(f"{project.root} has no models: which relations are QuperSync's is unknown")
    return found


def _check_bounded(project: Project, found: dict[str, Any], where: str) -> None:
    """The var keep_days names daily marts only: another name would bound nothing, in silence."""
    if not found.get("keep_days"):
        return
    sql = (file for file in _files_of_models(project) if file.suffix == ".sql")
    bounded = sorted(file.stem for file in sql if BOUNDED_BY in read_text(file))
    for name in found["keep_days"]:
        if name not in bounded:
            raise ConfigurationError(
                f"{where}.keep_days: there is no daily mart {name!r}{nearest(str(name), bounded)}; "
                f"it bounds {', '.join(bounded)}"
            )


def _files_of_models(project: Project) -> Iterator[Path]:
    for folder in _load(project.dbt_root / "dbt_project.yml").get("model-paths") or ["models"]:
        yield from sorted((project.dbt_root / folder).rglob("*"))


def _marked_in_sql(file: Path, text: str, key: str) -> Iterator[str]:
    """The model's name, where ``{{ config(meta={...}) }}`` sets the key to true."""
    from jinja2 import Environment, TemplateSyntaxError, nodes

    try:
        tree = Environment(extensions=["jinja2.ext.do"]).parse(text)
    except TemplateSyntaxError as error:
        raise ConfigurationError(f"{file}, line {error.lineno}, is not Jinja: {first_line(error)}") from None
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name != "config":
            continue
        for pair in (pair for setting in call.kwargs if setting.key == "meta" for pair in setting.find_all(nodes.Pair)):
            is_set = isinstance(pair.value, nodes.Const) and pair.value.value is True
            if isinstance(pair.key, nodes.Const) and pair.key.value == key and is_set:
                yield file.stem


def _marked_in_yaml(file: Path, key: str) -> Iterator[str]:
    """Names of the models whose ``meta`` or ``config: meta`` sets the key to true."""
    for model in _load(file).get("models") or []:
        meta = {**(model.get("meta") or {}), **((model.get("config") or {}).get("meta") or {})}
        if meta.get(key) is True:
            yield str(model["name"])


def _load(file: Path) -> dict[str, Any]:
    document = load_yaml(file)
    return document if isinstance(document, dict) else {}
