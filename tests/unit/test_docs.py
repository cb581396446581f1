"""The documents: links and tests that exist; every snippet and command is checked, those of schedulers are run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from qupersync.cli.parser import parser
from qupersync.config.profiles import read_target
from qupersync.domain.system_views import SYSTEM_VIEWS
from tests.support.documents import CHECKS, DOCUMENTS, ROOT, Snippet, check_command, check_toml, of, snippets

SCHEDULING = "docs/scheduling.md"
FOLDERS = ("/srv/qupersync", "/opt/qupersync")  # where the examples have the checkout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_exist(document: Path) -> None:
    generated = {"contributing.md", "changelog.md", "security.md", "marts.md"} if document.parent != ROOT else set()
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert target.startswith("http") or target in generated or (document.parent / target).exists(), target


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


@pytest.mark.parametrize("snippet", snippets(), ids=str)
def test_snippet(snippet: Snippet) -> None:
    assert snippet.language in CHECKS, f"{snippet}: nothing checks it; name its language"
    CHECKS[snippet.language](snippet.text)


@pytest.mark.parametrize(
    "wrong",
    [
        "qupersync run --prune-hours 30",
        "qupersync fly",
        "dbt build --full",
        "make demos",
        "pip install '.[s4]'",
        "rm -rf x",
    ],
)
def test_a_wrong_command_is_noticed(wrong: str) -> None:
    import click

    with pytest.raises((AssertionError, SystemExit, click.ClickException)):
        check_command(shlex.split(wrong))


def test_a_wrong_setting_is_noticed() -> None:
    with pytest.raises(AssertionError, match="hosts"):
        check_toml('[sources.redshift.prod]\nhosts = "x"\n')


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The folders and files of a fresh clone, where `make install` makes programs that note how they are called."""
    clone = tmp_path / "clone"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.splitlines():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).touch()
    shutil.copy(ROOT / "profiles.example.yml", clone)
    programs = tmp_path / "bin"
    programs.mkdir()
    noted = f'printf "%s\\n" "$*" >> {tmp_path}/called; env > {tmp_path}/environment'
    install = (
        f"mkdir -p .venv/bin; printf '#!/bin/sh\\n%s\\n' '{noted}' > .venv/bin/qupersync; chmod +x .venv/bin/qupersync"
    )
    (programs / "make").write_text(f'#!/bin/sh\n[ "$1" = install ] || exit 2\n{install}\n', encoding="utf-8")
    (programs / "make").chmod(0o755)
    return clone


def run(clone: Path, *shell: str, **variables: str) -> list[str]:
    """Run lines of a snippet in the clone, one shell each; the calls of qupersync."""
    search = f"{clone.parent / 'bin'}:{os.environ['PATH']}"
    for line in shell:
        for folder in FOLDERS:
            line = line.replace(folder, str(clone))  # noqa: PLW2901
        subprocess.run(["sh", "-ec", line], cwd=clone, env={"PATH": search, **variables}, check=True)
    return (clone.parent / "called").read_text(encoding="utf-8").splitlines()


def test_cron_lines_run_in_a_fresh_clone(fresh: Path) -> None:
    lines = [line.split(None, 5)[5] for document in ("README.md", SCHEDULING) for line in of(document, "cron")]
    called = run(fresh, "make install", *(line.strip() for line in lines))
    assert [parser().parse_args(call.split()).command for call in called] == ["run", "run"]


def test_workflow_runs_in_a_fresh_clone(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes the profile of the target that it names, with variables that the job sets."""
    workflow = next(yaml.safe_load(text) for text in of(SCHEDULING, "yaml") if "jobs:" in text)
    steps: list[dict[str, Any]] = workflow["jobs"]["run"]["steps"]
    variables = {key: str(value) for step in steps for key, value in (step.get("env") or {}).items()}
    (call,) = run(fresh, *(step["run"] for step in steps if "run" in step), **variables)
    given = parser().parse_args(call.split())
    assert (given.command, given.fail_on) == ("run", "critical")
    for name, value in variables.items():
        monkeypatch.setenv(name, "secret" if "secrets." in value else value)
    profile = (fresh / "profiles.yml").read_text(encoding="utf-8")
    assert "embedded" not in str(given.target)
    settings = read_target(fresh / "profiles.yml", given.target).settings
    assert (settings["host"], settings["password"]) == ("secret", "secret")
    assert {name for name in variables if name.startswith("QUPERSYNC_")} <= set(re.findall(r"QUPERSYNC_\w+", profile))


def test_airflow_and_kubernetes_commands_run_in_a_fresh_clone(fresh: Path) -> None:
    (airflow,) = re.findall(r'bash_command="(.*)"', "\n".join(of(SCHEDULING, "python")))
    job = next(yaml.safe_load(text) for text in of(SCHEDULING, "yaml") if "CronJob" in text)
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    calls = run(fresh, "make install", airflow, f"cd {container['workingDir']} && {' '.join(container['command'])}")
    assert [parser().parse_args(call.split()).fail_on for call in calls] == ["critical", "critical"]


def test_systemd_accepts_the_units(fresh: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    run(fresh, "make install", ".venv/bin/qupersync run")
    names = re.findall(r"^`(qupersync\.\w+)`:$", (ROOT / SCHEDULING).read_text(encoding="utf-8"), re.M)
    for name, text in zip(names, of(SCHEDULING, "ini"), strict=True):
        (fresh / name).write_text(text.replace(FOLDERS[0], str(fresh)), encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(fresh / name)], capture_output=True, text=True, check=False
        )
        # Other units of this machine are none of ours.
        assert (done.returncode, [line for line in done.stderr.splitlines() if "qupersync" in line]) == (0, [])


def test_metrics_are_listed() -> None:
    """Each metric is in docs/metrics.md, and what a query there names exists."""
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "models/marts/metrics").glob("*.yml")]
    metrics = {metric["name"] for file in files for metric in file.get("metrics", [])}
    groups = {"metric_time"}
    for model in (model for file in files for model in file.get("semantic_models", [])):
        groups |= {entity["name"] for entity in model["entities"]}
        groups |= {f"{model['primary_entity']}__{dimension['name']}" for dimension in model["dimensions"]}
    table = re.findall(r"`(redshift_\w+)`", "".join(line for line in text.splitlines() if line.startswith("|")))
    assert sorted(table) == sorted(metrics)
    queries = [shlex.split(line) for line in re.findall(r"^mf (query.*)$", text, re.M)]
    assert len(queries) >= 3
    for words in queries:
        options = dict(zip(words[1::2], words[2::2]))
        assert set(options["--metrics"].split(",")) <= metrics
        assert set(options["--group-by"].split(",")) <= groups


def test_columns_that_no_history_keeps_are_listed() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    _, _, listed = text.partition("| view | columns | why no history holds them |\n|---|---|---|\n")
    wanted = []
    for view, row in SYSTEM_VIEWS.items():
        reasons: dict[str, list[str]] = {}
        for column in row.columns():
            if column.unkept:
                reasons.setdefault(column.unkept, []).append(f"`{column.name}`")
        wanted += [f"| `{view}` | {', '.join(names)} | {reason} |" for reason, names in reasons.items()]
    assert [line for line in listed.splitlines() if line.startswith("|")] == wanted
