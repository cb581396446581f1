"""The user's own settings: vars and mutes of qupersync.yml, checked against the vars that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from qupersync.config.dbt_project import dbt_vars, default_vars, number_var, vars_argument
from qupersync.errors import ConfigurationError
from qupersync.project import Project

ROOT = Path(__file__).resolve().parents[3]
DEFAULTS = """
name: qupersync
vars:
  enabled: false
  threshold: 10
  node_hour_prices: {}
  rpu_hour_prices: {}
  keep_days: {}
  word: a
  words: [a]
  findings_checks: [ghost_rows, queueing]
  findings_mutes: []
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of a few vars."""
    monkeypatch.delenv("QUPERSYNC_SETTINGS", raising=False)
    (tmp_path / "dbt_project.yml").write_text(DEFAULTS, encoding="utf-8")
    return Project(tmp_path)


def write(project: Project, text: str) -> None:
    (project.root / "qupersync.yml").write_text(text, encoding="utf-8")


def test_file_wins_over_the_project_and_the_command_line_over_both(project: Project) -> None:
    assert vars_argument(project) == ()
    write(project, "")
    assert vars_argument(project) == ()
    write(project, "vars: {threshold: 20, word: b}\nmutes: [{check: ghost rows, reason: r, until: 2026-12-31}]")
    assert number_var(project, "threshold") == 20
    assert dbt_vars(project)["words"] == ["a"]
    option, text = vars_argument(project, "{threshold: 30}")
    assert option == "--vars"
    mutes = [{"check": "ghost rows", "reason": "r", "until": "2026-12-31"}]
    assert json.loads(text) == {"threshold": 30, "word": "b", "findings_mutes": mutes}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("vars: {treshold: 3}", "qupersync.yml: vars: there is no var 'treshold' (did you mean 'threshold'?)"),
        ("vars: {threshold: '3'}", "vars.threshold must be a number, 0 or more, not '3'"),
        ("vars: {threshold: true}", "vars.threshold must be a number"),
        ("vars: {threshold: -1}", "vars.threshold must be a number"),
        ("vars: {enabled: 1}", "vars.enabled must be true or false, not 1"),
        ("vars: {word: [a]}", "vars.word must be a text"),
        ("vars: {words: a}", "vars.words must be a list of texts"),
        ("vars: {node_hour_prices: [1]}", "vars.node_hour_prices must be a table with a price for each name"),
        ("vars: {node_hour_prices: {ra3: x}}", "vars.node_hour_prices.ra3 must be a number, 0 or more, or a list of tables with price"),
        ("vars: {node_hour_prices: {ra3: -1}}", "vars.node_hour_prices.ra3 must be a number"),
        ("vars: {rpu_hour_prices: {default: []}}", "vars.rpu_hour_prices.default must be a number"),
        ("vars: {node_hour_prices: {ra3: [{prize: 1}]}}", "vars.node_hour_prices.ra3[1] must be a table with a price"),
        ("vars: {node_hour_prices: {ra3: [{price: 1, til: 2026-01-01}]}}", "ra3[1]: unknown key 'til' (did you mean 'until'?)"),
        ("vars: {node_hour_prices: {ra3: [{price: 1, from: May}]}}", "ra3[1].from must be a day such as 2026-12-31, not 'May'"),
        ("vars: {keep_days: {x: y}}", "vars.keep_days must be a table with a number"),
        ("vars: {findings_checks: [ghost_row]}", "vars.findings_checks must be some of ghost_rows, queueing (did you mean"),
        ("vars: [1]", "vars: a table of vars is expected"),
        ("threshold: 3", "unknown section 'threshold'"),
        ("[]", "there are vars and mutes"),
        ("vars: {a: [}", "qupersync.yml, line 1, is not YAML"),
        ("mutes: {}\nmute: []", "unknown section 'mute' (did you mean 'mutes'?)"),
        ("mutes: [{check: ghost_rows}]", "mutes[1]: reason is missing"),
        ("mutes: [{reason: r}]", "mutes[1]: check is missing"),
        ("mutes: [{check: gost_rows, reason: r}]", "there is no check 'gost_rows' (did you mean 'ghost_rows'?)"),
        ("mutes: [{check: queueing, reason: r, untill: 1}]", "unknown key 'untill' (did you mean 'until'?)"),
        ("mutes: [{check: queueing, reason: r, until: soon}]", "until must be a date such as 2026-12-31, not 'soon'"),
        ("mutes: [queueing]", "mutes: a list is expected"),
        ("vars: {node_hour_prices: 2026-02-31}", "is not YAML"),
    ],
)  # fmt: skip
def test_refused(project: Project, text: str, says: str) -> None:
    write(project, text)
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        vars_argument(project)


def test_days_of_prices_are_texts(project: Project) -> None:
    write(
        project,
        "vars: {node_hour_prices: {ra3: [{price: 3.26, until: 2026-06-30}, {price: 2, from: '2026-07-01', cluster: a}]}}",
    )
    found = json.loads(vars_argument(project)[1])["node_hour_prices"]
    assert found == {
        "ra3": [{"price": 3.26, "until": "2026-06-30"}, {"price": 2, "from": "2026-07-01", "cluster": "a"}]
    }


def test_command_line_is_checked_too(project: Project) -> None:
    for text, says in (("{treshold: 1}", "--vars: there is no var 'treshold'"), ("{a: ]", "--vars, line 1, is not YAML"),
                       ("3", "--vars: a table of vars")):  # fmt: skip
        with pytest.raises(ConfigurationError, match=re.escape(says)):
            vars_argument(project, text)


def test_wrong_number_names_the_file_it_is_in(project: Project) -> None:
    write(project, "vars: {threshold: 0}")
    with pytest.raises(ConfigurationError, match=r"qupersync\.yml: vars\.threshold must be a number above 0"):
        number_var(project, "threshold")


def test_file_elsewhere(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, "vars: {threshold: 20}")
    monkeypatch.setenv("QUPERSYNC_SETTINGS", str(tmp_path / "mine.yml"))
    with pytest.raises(ConfigurationError, match=r"QUPERSYNC_SETTINGS: there is no file .*mine\.yml"):
        dbt_vars(project)
    (tmp_path / "mine.yml").write_text("vars: {threshold: 30}", encoding="utf-8")
    assert dbt_vars(project)["threshold"] == 30


def test_example_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUPERSYNC_SETTINGS", raising=False)
    for name, copy in (("dbt_project.yml", "dbt_project.yml"), ("qupersync.example.yml", "qupersync.yml")):
        (tmp_path / copy).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    found = dbt_vars(Project(tmp_path))
    assert found["node_hour_prices"] == {"ra3.4xlarge": 3.26}
    assert found["findings_mutes"][0]["until"] == "2026-12-31"
    assert default_vars(Project(tmp_path))["findings_mutes"] == []
    assert "/qupersync.yml\n" in (ROOT / ".gitignore").read_text(encoding="utf-8")
