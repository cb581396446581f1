"""The files of backup and restore: private, and nobody's before."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qupersync.cli import warehouse as command
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer


class Postgres:
    """A warehouse that pg_dump can back up, and its client programs."""

    pg_dump, target, where = True, "dev", "warehouse 'dev'"
    schemas = ("q", "q_marts", "q_staging")

    def __init__(self) -> None:
        self.modes: list[int] = []

    def fetch(self, statement: str, parameters: Any = None) -> Any:
        """All of its schemas exist, and hold nothing of others."""
        return [], [(name,) for name in self.schemas] if statement.startswith("select nspname from") else []

    def client(self, program: str) -> Path:
        return Path(program)

    def run(self, file: str) -> int:
        """What a program writes that was given the file's name."""
        self.modes.append(stat.S_IMODE(Path(file).lstat().st_mode))
        Path(file).write_text("rows", encoding="utf-8")
        return 0


def test_backup_and_restore_write_private_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A link that somebody put there is replaced, not followed; the script of a restore holds all rows, too."""
    opened = Postgres()
    warehouse, server = cast("Warehouse", opened), cast("EmbeddedServer", opened)
    monkeypatch.setattr(command, "_client", lambda server, warehouse, program, *words: opened.run(words[-1]))
    monkeypatch.setattr(
        subprocess, "run", lambda words, **more: SimpleNamespace(returncode=opened.run(words[words.index("-f") + 1]))
    )
    victim, backup = tmp_path / "victim", tmp_path / "backup"
    victim.write_text("mine", encoding="utf-8")
    backup.symlink_to(victim)
    assert command._backup(server, warehouse, backup) == 0
    assert (victim.read_text(encoding="utf-8"), backup.read_text(encoding="utf-8")) == ("mine", "rows")
    assert stat.S_IMODE(backup.lstat().st_mode) == 0o600
    assert command._restore(server, warehouse, backup, yes=True, models=()) == 0
    assert opened.modes == [0o600] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "victim"]
