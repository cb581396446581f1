"""Of several clusters, one that cannot be synced keeps the others from nothing; what exit code that gives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import pytest

from qupersync.cli import build, findings
from qupersync.cli import run as command
from qupersync.cli import sync as sync_module
from qupersync.errors import AlreadyRunningError, QupersyncError, WarehouseError
from qupersync.project import Project

PROJECT = cast("Project", None)
CRITICAL = {"state": "open", "severity": "critical", "cluster_id": "c", "check_name": "ghost rows", "database_name": "dev",
            "object_name": "s.t", "measured": 11.0}  # fmt: skip
FOUND = [
    CRITICAL,
    {**CRITICAL, "state": "new", "severity": "warning"},
    {**CRITICAL, "state": "resolved", "severity": "info"},
]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Exit codes of two clusters' syncs and of the build, and the findings; what was called is in ``steps``."""
    given: dict[str, Any] = {"a": 0, "b": 0, "build": 0, "findings": {"critical": 1}, "steps": [], "found": FOUND}
    monkeypatch.setattr(sync_module, "open_warehouse", lambda *_: MagicMock())
    monkeypatch.setattr(sync_module, "clusters_for", lambda *_: [SimpleNamespace(name=name) for name in ("a", "b")])
    monkeypatch.setattr(sync_module, "_in_its_own_process", lambda project, opened, config, since: given[config.name])
    monkeypatch.setattr(command, "open_warehouse", lambda *_: MagicMock(where="warehouse 'x'", marts_schema="m"))
    monkeypatch.setattr(build, "build", lambda *_: given["steps"].append("build") or given["build"])
    monkeypatch.setattr(findings, "count_findings", lambda _: given["findings"])
    monkeypatch.setattr(findings, "read_findings", lambda _: given["found"])
    return given


def run(fail_on: str | None = None, fail_on_new: str | None = None) -> int:
    return command.run(PROJECT, None, None, None, None, fail_on, fail_on_new)


def test_one_locked_cluster(ends: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The others are built and judged; findings and failures go before 3, which schedulers take for a success."""
    ends["b"] = 3
    assert (run(), ends["steps"]) == (3, ["build"])
    said = capsys.readouterr()
    assert said.err == "error: another sync is running for: b\n"
    assert said.out.startswith("findings: 1 critical")
    assert run("critical") == 4
    ends["build"] = 1
    assert run("critical") == 1
    ends.update(a=1, build=0)
    assert run("critical") == 1


def test_unknown_findings_are_no_success(ends: dict[str, Any]) -> None:
    ends["findings"] = ends["found"] = None
    assert run() == 0
    with pytest.raises(WarehouseError, match="--fail-on info: warehouse 'x' has no findings in m"):
        run("info")
    with pytest.raises(WarehouseError, match="--fail-on-new info: "):
        run(None, "info")


def test_new_findings_alone(ends: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The critical one is not new, the warning is; a resolved one fails nothing, nor does a muted one."""
    assert run() == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split() for line in lines] == [
        ["new", "warning", "c", "ghost", "rows:", "dev.s.t"], ["resolved", "info", "c", "ghost", "rows:", "dev.s.t"],
    ]  # fmt: skip
    assert [run(None, severity) for severity in ("critical", "warning", "info")] == [0, 4, 4]
    ends["found"] = [{**one, "muted_reason": "known"} for one in FOUND]
    assert [run("info"), run(None, "info")] == [0, 0]
    ends["found"] = [{**CRITICAL, "state": "resolved"}]
    assert [run("info"), run(None, "info")] == [0, 0]


def test_each_cluster_is_locked(ends: dict[str, Any]) -> None:
    ends.update(a=3, b=3)
    with pytest.raises(AlreadyRunningError, match="another sync is running for: a, b"):
        run()
    assert ends["steps"] == []
    ends["b"] = 1
    with pytest.raises(QupersyncError, match="for: a, b"):
        sync_module.sync(PROJECT, None, None, None)
