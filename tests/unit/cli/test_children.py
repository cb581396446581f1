"""Processes that work for a command end with it: interrupted, terminated or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from qupersync.cli.children import run_module

WORKER = """
import os, sys, time
print("pid", os.getpid(), flush=True)
try:
    time.sleep(300)
except KeyboardInterrupt:
    print("rolled back", flush=True)
    sys.exit(5)
"""
PARENT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started with SIGINT ignored
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and that of nohup with this one
import pathlib, sys
from qupersync.cli import children, failures, signals
signals.listen()
try:
    children.run_module("worker", [], cwd=pathlib.Path("."), forward=True)
except BaseException as error:
    sys.exit(failures.exit_code_of(error))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the module `worker`."""
    (tmp_path / "worker.py").write_text(textwrap.dedent(WORKER), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    return tmp_path


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)]
)
def test_ends_with_its_parent(folder: Path, number: int, code: int) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=folder, text=True, stdout=subprocess.PIPE)
    try:
        assert parent.stdout
        worker = psutil.Process(int(parent.stdout.readline().split()[1]))
        parent.send_signal(number)
        assert parent.wait(60) == code
        for _ in range(1200):
            if not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE:
                break
            time.sleep(0.05)
        else:
            worker.kill()
            pytest.fail("it is still running")
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


def test_output_and_exit_code(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "speaker.py").write_text(
        "import sys; print('out', sys.argv[1:]); print('err', file=sys.stderr); sys.exit(7)", encoding="utf-8"
    )
    done = run_module("speaker", ["a"], cwd=folder, capture=True)
    assert (done.returncode, done.stdout, done.stderr) == (7, "out ['a']\n", "err\n")
    assert capfd.readouterr().out == ""
    assert run_module("speaker", [], cwd=folder).returncode == 7
    assert capfd.readouterr().out == "out []\n"


def test_nothing_is_imported_from_the_folder(folder: Path) -> None:
    """A project may hold a file with the name of a module; nor does a process of the child's own import it."""
    project = folder / "project"
    project.mkdir()
    for name in ("yaml", *(["threading"] if sys.version_info >= (3, 11) else [])):
        (project / f"{name}.py").write_text("open('executed', 'w').close()", encoding="utf-8")
    (folder / "importer.py").write_text(
        "import multiprocessing, yaml; multiprocessing.get_context('spawn').RLock(); print(yaml.__name__)",
        encoding="utf-8",
    )
    assert run_module("importer", [], cwd=project, capture=True).stdout == "yaml\n"
    assert not (project / "executed").exists()
