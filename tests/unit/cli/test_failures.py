"""How commands end that do not end well: one line, an exit code, a traceback in a file and never on the screen."""

from __future__ import annotations

import errno
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from qupersync.cli import console, failures
from qupersync.cli import parser as parser_module
from qupersync.cli.failures import exit_code_of
from qupersync.cli.parser import main
from qupersync.cli.signals import Terminated
from qupersync.errors import AlreadyRunningError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Our own folder, not made yet."""
    monkeypatch.setenv("QUPERSYNC_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as found:
        return found


def test_unexpected(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(raised(RuntimeError("first\nsecond"))) == 1
    file = home / failures.LOG
    assert capsys.readouterr().err == f"error: unexpected RuntimeError: first; the traceback is in {file}\n"
    assert "Traceback" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert exit_code_of(raised(OSError(errno.ENOSPC, "No space left on device", "/x/y"))) == 1
    assert capsys.readouterr().err.startswith("error: /x/y: No space left on device; ")


def test_home_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("QUPERSYNC_HOME", str(tmp_path / "file" / "home"))
    assert exit_code_of(raised(RuntimeError("x"))) == 1
    said = capsys.readouterr().err
    assert Path(said.split("the traceback is in ")[1].strip()).is_file()
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    assert main(["warehouse", "start"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {tmp_path}/file/home, the folder of our own state, cannot be made")
    assert "QUPERSYNC_HOME names another one" in said


def test_signals_and_our_own_errors(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(KeyboardInterrupt()) == 130
    assert exit_code_of(Terminated(signal.SIGTERM)) == 143
    assert exit_code_of(AlreadyRunningError("busy")) == 3
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said] == ["interrupted", "terminated by SIGTERM", "error"]
    assert not home.exists()
    with pytest.raises(SystemExit):
        exit_code_of(SystemExit(2))


@pytest.mark.parametrize(
    ("words", "says"),
    [(["status"], "no target 'x' (there are: a)"), (["sync"], "secrets.toml, line 1, is not TOML")],
)
def test_broken_files_of_a_project(
    words: list[str], says: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home.parent
    (folder / "profiles.yml").write_text("qupersync: {target: x, outputs: {a: {host: h}}}", encoding="utf-8")
    (folder / ".dlt").mkdir()
    (folder / ".dlt" / "secrets.toml").write_text('password = "x', encoding="utf-8")
    for name in ("DBT_TARGET", "QUPERSYNC_TARGET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(folder))
    monkeypatch.setenv("DLT_PROJECT_DIR", str(folder))
    assert main(words) == 2
    said = capsys.readouterr().err
    assert says in said
    assert len(said.splitlines()) == 1


def test_reader_that_has_gone(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Of an answer it has seen enough; a sync or a build that stopped half-way is no success."""
    monkeypatch.setattr(failures.os, "dup2", lambda *_: None)
    out = console.console()

    def gone(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(out, "_write_buffer", gone)
    monkeypatch.setattr(parser_module, "_run", lambda given: out.print("x"))
    assert [main([word]) for word in ("status", "vars", "run", "sync", "demo")] == [0, 0, 141, 141, 141]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no disk that is always full")
def test_answer_that_cannot_be_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # else it fails where it is printed
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "qupersync", "vars"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "error: the output could not be written: No space left on device\n")
