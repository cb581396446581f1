"""The question of `forget`."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn, cast
from unittest.mock import MagicMock

import pytest

from qupersync.cli import forget as command
from qupersync.project import Project


def test_ctrl_d_is_a_no(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ended(_: str) -> NoReturn:
        raise EOFError

    monkeypatch.setattr(command, "open_warehouse", lambda *_: MagicMock(where="warehouse 'x'"))
    monkeypatch.setattr(command, "pipelines_dir", lambda *_: tmp_path)
    monkeypatch.setattr(command, "relation_names", lambda _: frozenset())
    monkeypatch.setattr(command, "_tables", lambda *_: ([], []))
    monkeypatch.setattr(command, "_is_known", lambda *_: True)
    monkeypatch.setattr("sys.stdin", MagicMock(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", ended)
    assert command.forget(cast("Project", None), None, "prod", yes=False) == 1
    assert capsys.readouterr().out.endswith("nothing deleted\n")
