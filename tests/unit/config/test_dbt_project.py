"""What is read of the dbt project without dbt: vars, and models by their meta."""

from __future__ import annotations

from pathlib import Path

import pytest

from qupersync.config.dbt_project import Schemas, models_with_meta, number_var, schemas, vars_for_dbt
from qupersync.errors import ConfigurationError
from qupersync.project import Project


def project(folder: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Project(folder)


def test_vars(tmp_path: Path) -> None:
    found = project(
        tmp_path, {"dbt_project.yml": "name: qupersync\nvars: {a: 1, b: 2, qupersync: {b: 3}, t: true, z: 0, s: x}\n"}
    )
    assert number_var(found, "a") == 1
    assert number_var(found, "b") == 3  # the project's own section wins, as in dbt
    for bad in ("t", "z", "s", "none"):
        with pytest.raises(ConfigurationError, match=rf"vars\.{bad} must"):
            number_var(found, bad)


def test_models_by_meta(tmp_path: Path) -> None:
    config = (
        "{{ config(unique_key=['x'], meta={'bound': 'x', 'applies_syncs': %s}, post_hook=\"{{ f() }}\") }}\nselect 1"
    )
    found = project(
        tmp_path,
        {
            "dbt_project.yml": "name: q\n",
            "models/a/one.sql": config % "true",
            "models/a/two.sql": config % "false",
            "models/a/three.sql": "-- applies_syncs\nselect {{ f(meta={'applies_syncs': true}) }}",
            "models/b/four.yml": "models: [{name: four, config: {meta: {applies_syncs: true}}}, "
            "{name: five, meta: {applies_syncs: true}}, {name: six, meta: {applies_syncs: 'yes'}}]",
        },
    )
    assert models_with_meta(found, "applies_syncs") == ("five", "four", "one")
    project(tmp_path, {"models/a/bad.sql": "{{ applies_syncs"})
    with pytest.raises(ConfigurationError, match=r"bad\.sql, line 1"):
        models_with_meta(found, "applies_syncs")


def test_keep_days_names_daily_marts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUPERSYNC_SETTINGS", raising=False)
    hook = "{{ config(post_hook=\"{{ drop_old_days('query_day') }}\") }}\nselect 1"
    found = project(
        tmp_path,
        {
            "dbt_project.yml": "name: q\nvars: {keep_days: {}}\n",
            "models/a_daily.sql": hook,
            "models/b.sql": "select 1",
            "qupersync.yml": "vars: {keep_days: {a_daily: 30}}\n",
        },
    )
    assert vars_for_dbt(found) == {"keep_days": {"a_daily": 30}}
    for name, where in (("a_dayly", r"--vars\.keep_days"), ("b", r"--vars\.keep_days")):
        with pytest.raises(ConfigurationError, match=rf"{where}: there is no daily mart '{name}'.*a_daily"):
            vars_for_dbt(found, f"{{keep_days: {{{name}: 3}}}}")
    project(tmp_path, {"qupersync.yml": "vars: {keep_days: {a_dayly: 30}}\n"})
    with pytest.raises(ConfigurationError, match=r"qupersync\.yml: vars\.keep_days.*did you mean 'a_daily'"):
        vars_for_dbt(found)


def test_schemas(tmp_path: Path) -> None:
    checkout = Project(Path(__file__).resolve().parents[3])
    assert schemas(checkout) == Schemas() == schemas(project(tmp_path, {"dbt_project.yml": "name: q\n"}))
    text = (
        "name: q\nvars: {qupersync_staging_schema: loaded, q: {qupersync_marts_schema: }, qupersync_views_schema: v}\n"
    )
    found = schemas(project(tmp_path, {"dbt_project.yml": text}))
    assert found == Schemas(staging="loaded", views="v", marts="")
    for bad in ("Loaded", "a__b", "7", "[a]", "'a b'"):
        project(tmp_path, {"dbt_project.yml": f"vars: {{qupersync_staging_schema: {bad}}}\n"})
        with pytest.raises(ConfigurationError, match=r"vars\.qupersync_staging_schema must be small letters"):
            schemas(Project(tmp_path))
