"""Times before the lines of a log; answers stay as they are."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from qupersync.cli import stamps
from qupersync.cli.parser import program
from qupersync.cli.stamps import Stamped, wants_stamps

ROOT = Path(__file__).resolve().parents[3]
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ "


def test_each_line_has_its_time() -> None:
    out = io.StringIO()
    stream = Stamped(out)
    for text in ("one\n", "tw", "o\nthree\n\nfo", "ur", "\n"):
        assert stream.write(text) == len(text)
    assert re.fullmatch(rf"{TIME}one\n{TIME}two\n{TIME}three\n\n{TIME}four\n", out.getvalue())
    stream.unstamped.write("raw\n")
    assert out.getvalue().endswith("\nraw\n")
    assert not stream.isatty()


def test_which_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(stamps.SETTING, raising=False)
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert [wants_stamps(command) for command in ("run", "sync", "build", "status", "check", "warehouse", "vars")] == [
        True, True, True, False, False, False, False
    ]  # fmt: skip
    monkeypatch.setenv(stamps.SETTING, "0")
    assert not wants_stamps("run")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv(stamps.SETTING, "1")
    assert wants_stamps("run")
    monkeypatch.delenv(stamps.SETTING)
    assert not wants_stamps("run")


def test_processes() -> None:
    """A log has times, also in front of errors; an answer is what it is."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "qupersync", *words]
        return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)

    failed = run("build", "--vars", "{test_day: 1}")
    assert failed.returncode == 2
    assert re.fullmatch(rf"{TIME}error: --vars: there is no var 'test_day'.*\n", failed.stderr)
    assert json.loads(run("vars", "--vars", "{test_days: 1}").stdout)["test_days"] == 1


@pytest.mark.parametrize("command", stamps.LOGGING)
def test_help_and_usage_errors_are_no_log(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(code: int) -> None:
        raise EOFError(code)

    monkeypatch.setattr("qupersync.cli.parser.listen", lambda: None)
    monkeypatch.setattr("os._exit", ends)
    for word, code in (("--help", 0), ("--no-such-option", 2)):
        for stream in ("stdout", "stderr"):  # to be put back afterwards
            monkeypatch.setattr(sys, stream, getattr(sys, stream))
        monkeypatch.setattr(sys, "argv", ["qupersync", command, word])
        with pytest.raises(EOFError, match=str(code)):
            program()
        said = "".join(capsys.readouterr())
        assert "usage: " in said
        assert not re.search(TIME, said)
