"""The files of backup and restore: private, and nobody's before; and the locks of a restore."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qupersync.cli import warehouse as command
from qupersync.errors import ConfigurationError
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer


class Postgres:
    """A warehouse that pg_dump can back up, and its client programs."""

    pg_dump, target, where = True, "dev", "warehouse 'dev'"
    schemas, staging_schema = ("q", "q_marts", "q_staging"), "q_staging"

    def __init__(self) -> None:
        self.modes: list[int] = []
        self.locks: list[str] = []
        self.scripts: list[Path] = []
        self.asked = 0

    def fetch(self, statement: str, parameters: Any = None) -> Any:
        """All of its schemas exist but the marts, and hold one table; a cluster was synced."""
        self.asked += 1
        if statement.startswith("select nspname from"):
            return [], [("q",), ("q_staging",)]
        if "cluster_id" in statement:
            return [], [("kept",)]
        return [], [] if "recursive" in statement else [("table", "q.t")]

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """As a sync or a build takes it."""
        self.locks.append(name)
        yield
        self.locks.remove(name)

    def build_lock(self) -> Any:
        return self.lock("build")

    def client(self, program: str) -> Path:
        return Path(program)

    def run(self, server: Any, warehouse: Any, program: str, *words: str) -> int:
        """pg_dump writes the file that it was given the name of, psql reads it."""
        file = Path(words[-1])
        self.modes.append(stat.S_IMODE(file.lstat().st_mode))
        if program == "psql":
            self.scripts.append(file)
            assert self.locks == ["kept", "prod", "build"]
            assert file.read_text(encoding="utf-8").splitlines() == [
                "drop table if exists q.t cascade;", 'create schema "q_marts";', "rows",
            ]  # fmt: skip
        else:
            file.write_text("rows", encoding="utf-8")
        return 0

    def restore(self, words: list[str], stdout: Any, check: bool) -> Any:
        """pg_restore lists a backup, or writes its script."""
        if "-l" in words:
            lines = "".join(f"6; 2615 16386 SCHEMA - {name} owner\n" for name in self.schemas)
            return SimpleNamespace(returncode=0, stdout=lines.encode())
        assert "--no-acl" in words
        stdout.write(b"rows\n")
        stdout.flush()
        return SimpleNamespace(returncode=0)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Postgres:
    """In place of a server and its programs."""
    made = Postgres()
    monkeypatch.setenv("QUPERSYNC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(command, "_client", made.run)
    monkeypatch.setattr(command, "cluster_names", lambda: ["prod"])
    monkeypatch.setattr(command, "cluster_lock", lambda project, warehouse, cluster: made.lock(cluster))
    monkeypatch.setattr(subprocess, "run", made.restore)
    return made


def test_backup_and_restore_write_private_files(opened: Postgres, tmp_path: Path) -> None:
    """A link that somebody put there is replaced, not followed; the script of a restore holds all rows, too.

    It is in our own folder, since the backup may be on a disk that is read-only. No sync and no build meanwhile.
    """
    warehouse, server, project = cast("Warehouse", opened), cast("EmbeddedServer", opened), Project(tmp_path)
    files = tmp_path / "files"
    files.mkdir()
    victim, backup = files / "victim", files / "backup"
    victim.write_text("mine", encoding="utf-8")
    backup.symlink_to(victim)
    assert command._backup(server, warehouse, backup) == 0
    assert (victim.read_text(encoding="utf-8"), backup.read_text(encoding="utf-8")) == ("mine", "rows")
    assert stat.S_IMODE(backup.lstat().st_mode) == 0o600
    assert command._restore(project, server, warehouse, backup, yes=True, models=()) == 0
    assert opened.modes == [0o600] * 2
    assert opened.locks == []
    assert sorted(path.name for path in files.iterdir()) == ["backup", "victim"]
    assert [script.parent for script in opened.scripts] == [tmp_path / "home"]
    assert list((tmp_path / "home").iterdir()) == []


def test_backup_into_no_file_is_refused_at_once(opened: Postgres, tmp_path: Path) -> None:
    """Before the warehouse is asked anything; a device would be replaced by a file where root runs it."""
    warehouse, server, pipe = cast("Warehouse", opened), cast("EmbeddedServer", opened), tmp_path / "pipe"
    os.mkfifo(pipe)
    for file, problem in ((pipe, "a device or a pipe"), (tmp_path, "is a folder"), (Path(), "is a folder"),
                          (tmp_path / "none" / "file", "there is no folder")):  # fmt: skip
        with pytest.raises(ConfigurationError, match=problem):
            command._backup(server, warehouse, file)
    assert opened.asked == 0
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_restore_of_another_backup_is_refused(opened: Postgres, tmp_path: Path) -> None:
    """Its schemas have other names: ours would be emptied, and nothing come back."""
    backup = tmp_path / "backup"
    backup.write_text("rows", encoding="utf-8")
    warehouse, server = cast("Warehouse", opened), cast("EmbeddedServer", opened)
    opened.schemas = ("q_other",)
    listed = subprocess.run(["-l"], stdout=None, check=False)
    opened.schemas = Postgres.schemas
    opened.restore = lambda *words, **more: listed  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "run", opened.restore)
        with pytest.raises(ConfigurationError, match="has none of the schemas q, q_marts, q_staging"):
            command._restore(Project(tmp_path), server, warehouse, backup, yes=True, models=())
    assert opened.scripts == []
