"""Sections that were meant for a cluster: which are found, and what is suggested."""

from __future__ import annotations

from pathlib import Path

import pytest

from qupersync.config.sections import misplaced_cluster

HOST = 'host = "h"\npassword = "hunter2"\n'


def said(tmp_path: Path, text: str) -> str | None:
    file = tmp_path / "secrets.toml"
    file.write_text(text, encoding="utf-8")
    return misplaced_cluster([tmp_path / "none.toml", file])


@pytest.mark.parametrize(
    ("section", "meant"),
    [
        ("sources.redhsift.prod", "prod"),
        ("source.redshift.adhoc", "adhoc"),
        ("Sources.Redshift.prod", "prod"),
        ("source.redshift", "prod"),
        ("redshift.adhoc", "adhoc"),
        ("redshift", "prod"),
        ("sources.red{shift.prod", "prod"),
    ],
)
def test_misspelt_section(tmp_path: Path, section: str, meant: str) -> None:
    written = section if "{" not in section else 'sources."red{shift".prod'
    found = said(tmp_path, f"[{written}]\n{HOST}") or ""
    assert found == f"{tmp_path.name}/secrets.toml has [{section}]: did you mean [sources.redshift.{meant}]?"


@pytest.mark.parametrize("setting", ["host", "cluster_identifier", "workgroup"])
def test_settings_of_one_cluster_without_a_name(tmp_path: Path, setting: str) -> None:
    found = said(tmp_path, f'[sources.redshift]\n{setting} = "h"\n')
    assert found == (
        f"[sources.redshift] in {tmp_path.name}/secrets.toml has a {setting} but no cluster below it: "
        "name it [sources.redshift.prod]"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[sources.redshift]\nusername = "u"\n',  # for all clusters, which are in the environment
        f"[destination.redshift.credentials]\n{HOST}",  # dlt's own
        f"[sources.redis.prod]\n{HOST}",
        f"[sources.postgres.prod]\n{HOST}",
        "[runtime]\nlog_level = 1\n",
    ],
)
def test_sections_of_something_else(tmp_path: Path, text: str) -> None:
    assert said(tmp_path, text) is None
