"""What the command line takes, and what it hands to dbt."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from qupersync.cli import build as build_module
from qupersync.cli import explain as explain_module
from qupersync.cli import parser as parser_module
from qupersync.cli.parser import dbt_arguments, main, parser
from qupersync.clock import utc_now
from qupersync.project import Project
from qupersync.warehouse.prune import MIN_DAYS

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("command", ["build", "run"])
def test_arguments_of_dbt(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[tuple[object, ...]] = []
    monkeypatch.setattr(build_module, "build", lambda project, target, arguments=(): handed.append(arguments) or 3)
    monkeypatch.setattr("qupersync.cli.sync.sync", lambda *_: 0)
    words = ["--vars", "{test_days: 0}", "--select", "table_health+", "tag:a", "--select", "findings", "--exclude", "x",
             "--full-refresh"]  # fmt: skip
    assert main([command, "--target", "x", *words]) == 3
    assert handed == [("--vars", '{"test_days": 0}', "--select", "table_health+", "tag:a", "findings", "--exclude", "x",
                       "--full-refresh")]  # fmt: skip
    assert dbt_arguments(Project(ROOT), parser().parse_args([command])) == ()


def test_user_file_reaches_every_dbt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also that of the demo and of `check --explain`, which take no vars."""
    monkeypatch.setenv("QUPERSYNC_SETTINGS", str(tmp_path / "mine.yml"))
    (tmp_path / "mine.yml").write_text("vars: {test_days: 9}", encoding="utf-8")
    handed: list[tuple[str, ...]] = []

    def dbt(project: Project, *arguments: str, target: str) -> int:
        handed.append(arguments)
        raise KeyboardInterrupt

    for module in (build_module, explain_module):
        monkeypatch.setattr(module, "dbt", dbt)
        monkeypatch.setattr(module, "open_warehouse", lambda *_: MagicMock(identity="x", target="x"))
    monkeypatch.setenv("QUPERSYNC_HOME", str(tmp_path))
    for act in (lambda: build_module.build(Project(ROOT), "x"), lambda: explain_module._manifest(Project(ROOT), "x")):
        with pytest.raises(KeyboardInterrupt):
            act()
    assert [words[words.index("--vars") + 1] for words in handed] == 2 * ['{"test_days": 9}']


def test_relative_paths_mean_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To dbt too, which works in the project's folder and not in this one."""
    monkeypatch.chdir(tmp_path)
    given = {"QUPERSYNC_HOME": "state", "DBT_PROFILES_DIR": ".", "QUPERSYNC_SETTINGS": "../mine.yml", "DLT_PROJECT_DIR": "p",
             "PGSSLROOTCERT": "ca.crt"}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(parser_module, "_run", lambda _: 0)
    assert main(["status"]) == 0
    found = {name: os.environ[name] for name in given}
    assert found == {name: os.path.normpath(tmp_path / value) for name, value in given.items()}
    monkeypatch.setenv("PGSSLROOTCERT", "system")
    assert main(["status"]) == 0
    assert os.environ["PGSSLROOTCERT"] == "system"


def test_vars_are_refused_before_the_sync(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("qupersync.cli.sync.sync", lambda *_: pytest.fail("synced"))
    assert main(["run", "--vars", "{test_day: 0}"]) == 2
    assert "there is no var 'test_day' (did you mean 'test_days'?)" in capsys.readouterr().err


def test_vars_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vars", "--vars", "{node_hour_prices: {ra3.4xlarge: 3.26}}"]) == 0
    assert json.loads(capsys.readouterr().out) == {"node_hour_prices": {"ra3.4xlarge": 3.26}}


def test_vars_with_a_date(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """YAML makes dates of some texts, and dbt gets texts of them."""
    monkeypatch.setattr("qupersync.config.dbt_project.vars_for_dbt", lambda *_: {"since": date(2026, 1, 31)})
    assert main(["vars"]) == 0
    assert json.loads(capsys.readouterr().out) == {"since": "2026-01-31"}


@pytest.mark.parametrize("days", ["7", "36501", "1000000", "0", "x"])
@pytest.mark.parametrize("words", [["prune", "--days"], ["run", "--prune-days"]])
def test_days_of_a_prune(words: list[str], days: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused before the sync and the build."""
    with pytest.raises(SystemExit) as raised:
        parser().parse_args([*words, days])
    assert raised.value.code == 2
    said = capsys.readouterr().err
    assert ("is not a number above 0" if days in ("0", "x") else "keep 8 to 36500 days") in said
    assert parser_module.PRUNE_DAYS[0] == MIN_DAYS


@pytest.mark.parametrize("text", ["2999-01-01", "2999-01-01T00:00+05:00", "999999999999d", "soon"])
def test_since_that_cannot_be(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        parser().parse_args(["sync", "--since", text])
    assert raised.value.code == 2
    assert ("is in the future" if text.startswith("2999") else "is neither a date") in capsys.readouterr().err


def test_since_a_moment_ago() -> None:
    assert parser().parse_args(["sync", "--since", "0d"]).since <= utc_now()
    ago = utc_now() - timedelta(minutes=1)
    assert parser().parse_args(["sync", "--since", ago.isoformat()]).since == ago
    assert parser_module.MAX_REPORT_DAYS == 366
