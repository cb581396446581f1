"""Commands in messages: as the tool was started, on the target in use; and no message that spells one out by itself."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from qupersync import hints
from qupersync.hints import hint, program, use_target

PACKAGE = Path(hints.__file__).parent


@pytest.fixture(autouse=True)
def _no_target() -> object:
    yield
    use_target(None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a venv in it, which the PATH does not name."""
    for name in ("qupersync", "python"):
        script = tmp_path / ".venv" / "bin" / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("", encoding="utf-8")
        script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.delenv(hints.STARTED_AS, raising=False)
    return tmp_path


def test_as_it_was_started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bin_ = folder / ".venv" / "bin"
    for started in (".venv/bin/qupersync", str(bin_ / "qupersync")):
        monkeypatch.setattr(sys, "argv", [started])
        assert program() == ".venv/bin/qupersync"
    monkeypatch.setattr(sys, "argv", [str(PACKAGE / "__main__.py")])
    monkeypatch.setattr(sys, "executable", str(bin_ / "python"))
    assert program() == ".venv/bin/python -m qupersync"
    monkeypatch.setenv("PATH", str(bin_))
    assert program() == "python -m qupersync"
    monkeypatch.setattr(sys, "argv", [str(bin_ / "qupersync")])
    assert program() == "qupersync"
    monkeypatch.setattr(sys, "argv", ["/usr/lib/airflow/worker.py"])  # used as a library
    assert program() == "qupersync"
    monkeypatch.setenv(hints.STARTED_AS, "./qs")  # a process that one of ours started
    assert program() == "./qs"


def test_repeats_the_target(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/opt/a b/qupersync"])
    assert hint("build") == "`'/opt/a b/qupersync' build`"
    monkeypatch.setattr(sys, "argv", ["pytest"])
    use_target("redshift")
    assert hint("build") == "`qupersync build --target redshift`"
    assert hint("build", "demo") == "`qupersync build --target demo`"


def test_every_message_uses_them() -> None:
    """Except the comment in the generated sources.yml, which is the same for everybody."""
    spelled = []
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        documentation = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        spelled += [
            f"{file.relative_to(PACKAGE)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
            and "`qupersync " in node.value and file.name != "dbt_sources.py"
        ]  # fmt: skip
    assert spelled == []
