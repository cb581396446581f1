"""The documents: links and tests that exist, commands that parse, valid snippets for schedulers."""

from __future__ import annotations

import ast
import configparser
import re
import shlex
from pathlib import Path

import pytest
import yaml

from qupersync.cli.parser import parser

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
SCHEDULING = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SCHEDULING, re.S)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_exist(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert target.startswith("http") or (document.parent / target).exists(), target


def test_named_test_files_exist() -> None:
    tests = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    named = {name for path in DOCUMENTS for name in re.findall(r"\btest_\w+\.py\b", path.read_text(encoding="utf-8"))}
    assert "test_exactness.py" in named
    assert named <= tests


def test_contributing_names_what_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if "`tests/integration/<topic>/`" in line)
    topics = {path.name for path in (ROOT / "tests/integration").iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"`(\w+)`", line)) == topics
    named = set(re.findall(r"`((?:docs|extract|macros|models|tests)/[\w./]+)`", text))
    assert len(named) > 15
    examples = {path for path in named if "svv_x" in path or "x_history" in path}  # of a new view
    assert {path for path in named - examples if not (ROOT / path).exists()} == set()


def test_schedule_commands_parse() -> None:
    lines = re.findall(r"qupersync (run[^\n>\"#]*)", SCHEDULING)
    commands = [line.strip() for line in lines if not line.startswith(("run`", "run syncs"))]
    assert len(commands) >= 4
    for command in commands:
        if "`" not in command and "ended" not in command:
            assert parser().parse_args(shlex.split(command)).command == "run"


def test_schedule_snippets_are_valid() -> None:
    for snippet in blocks("python"):
        ast.parse(snippet)
    workflow, cron_job = (yaml.safe_load(text) for text in blocks("yaml"))
    assert workflow["jobs"]["run"]["steps"]
    assert (cron_job["apiVersion"], cron_job["kind"]) == ("batch/v1", "CronJob")
    container = cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    assert parser().parse_args(container["command"][1:]).command == "run"
    assert parser().parse_args(container["command"][1:]).fail_on == "critical"
    units = []
    for text in blocks("ini"):
        unit = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read_string(text)
        units.append(unit)
    service, timer = units
    assert service["Service"]["Type"] == "oneshot"
    assert timer["Timer"]["OnCalendar"] == "*:0/15"
    (cron,) = blocks("cron")
    assert re.match(r"(\S+ ){5}cd ", cron)
