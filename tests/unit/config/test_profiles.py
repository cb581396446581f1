"""The dbt profile: which target is meant, and profiles that are broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qupersync.config.profiles import EMBEDDED_PASSWORD, EMBEDDED_PORT, read_target, wanted_target
from qupersync.errors import ConfigurationError
from qupersync.project import Project

ROOT = Path(__file__).resolve().parents[3]
PROFILE = "qupersync: {target: c, outputs: {a: {type: postgres, host: h}, b: {host: h}, c: {host: h}, d: {host: h}}}"


def test_which_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    for name in ("DBT_TARGET", "QUPERSYNC_TARGET"):
        monkeypatch.delenv(name, raising=False)
    profiles = tmp_path / "profiles.yml"
    profiles.write_text(PROFILE, encoding="utf-8")
    project = Project(tmp_path)
    assert (wanted_target(project, None), read_target(profiles, None).name) == ("c", "c")
    monkeypatch.setenv("DBT_TARGET", "b")
    assert (wanted_target(project, None), read_target(profiles, None).name) == ("b", "b")
    monkeypatch.setenv("QUPERSYNC_TARGET", "a")
    assert (wanted_target(project, None), read_target(profiles, None).name) == ("a", "a")
    assert wanted_target(project, "d") == "d"
    monkeypatch.setenv("QUPERSYNC_TARGET", "")
    assert wanted_target(project, None) == "b"


def test_example_takes_it_for_dbt_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBT_TARGET", "QUPERSYNC_TARGET"):
        monkeypatch.delenv(name, raising=False)
    for name in (EMBEDDED_PORT, EMBEDDED_PASSWORD, "QUPERSYNC_PG_PASSWORD"):
        monkeypatch.setenv(name, "1")
    text = (ROOT / "profiles.example.yml").read_text(encoding="utf-8")
    profiles = tmp_path / "profiles.yml"
    profiles.write_text(text, encoding="utf-8")
    assert read_target(profiles, None).name == "embedded"
    assert "target: \"{{ env_var('QUPERSYNC_TARGET', '') or 'embedded' }}\"" in text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"qupersync: {outputs: [}", r"profiles\.yml, line 1, is not YAML"),
        (b"", "has no profile 'qupersync' with outputs"),
        (b"- 1", "has no profile 'qupersync' with outputs"),
        (b"qupersync: 3", "has no profile 'qupersync' with outputs"),
        (b"qupersync: {outputs: [a]}", "has no profile 'qupersync' with outputs"),
        (b"qupersync: {outputs: {1: {}}}", r"has no target 'a' \(there are: 1\)"),
        (b"qupersync: {outputs: {a: text}}", "target 'a' must be a table"),
        (b"qupersync: {outputs: {a: }}", "target 'a' must be a table"),
        (b"qupersync: {outputs: {a: {type: postgres}}}", "target 'a' lacks host"),
        (b"qupersync: {outputs: {a: {host: '{{ x }'}}}", "cannot be rendered"),
        (b"qupersync: {outputs: {a: {host: '\xff'}}}", "is not UTF-8"),
    ],
)
def test_broken(tmp_path: Path, content: bytes, says: str) -> None:
    profiles = tmp_path / "profiles.yml"
    profiles.write_bytes(content)
    with pytest.raises(ConfigurationError, match=says):
        read_target(profiles, "a")


def test_name_of_the_default_target_needs_no_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded server, which has port and password, is started for its name."""
    for name in ("DBT_TARGET", "QUPERSYNC_TARGET", EMBEDDED_PORT, EMBEDDED_PASSWORD):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    shutil.copy(ROOT / "profiles.example.yml", tmp_path / "profiles.yml")
    assert wanted_target(Project(ROOT), None) == "embedded"


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        (EMBEDDED_PORT, r"/profiles\.yml: outputs\.a\.host needs the environment variable QUPERSYNC_EMBEDDED_PORT; "
                        r"`.*qupersync warehouse url --target embedded` prints port and password$"),
        ("NOWHERE", r"/profiles\.yml: outputs\.a\.host needs the environment variable NOWHERE$"),
    ],
)  # fmt: skip
def test_variable_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, says: str) -> None:
    monkeypatch.delenv(variable, raising=False)
    profiles = tmp_path / "profiles.yml"
    profiles.write_text(
        f"qupersync: {{outputs: {{a: {{host: \"{{{{ env_var('{variable}') }}}}\"}}}}}}", encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=says):
        read_target(profiles, "a")


def test_folder_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_target(tmp_path, "a")
