"""The file of a report: private, whatever was there before."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qupersync.cli import report as command


def test_report_is_private_and_follows_no_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "gather", lambda *arguments: None)
    monkeypatch.setattr(command, "render", lambda contents: "page")
    monkeypatch.setattr(command, "Thresholds", SimpleNamespace(of=lambda project: None))
    victim, file = tmp_path / "victim", tmp_path / "report.html"
    victim.write_text("mine", encoding="utf-8")
    file.symlink_to(victim)
    command.write_report(cast("Any", None), cast("Any", None), None, 7, file)
    assert (victim.read_text(encoding="utf-8"), file.read_text(encoding="utf-8")) == ("mine", "page")
    assert stat.S_IMODE(file.lstat().st_mode) == 0o600
