"""The shape of the source tree: few modules at the root, short files, seams instead of branches, mirrored unit tests."""

from __future__ import annotations

import ast
import re
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from qupersync.domain.system_views import SYSTEM_VIEWS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "extract" / "qupersync"
UNIT = Path(__file__).resolve().parent
MOST_LINES = 350
OTHERS = ("__init__.py", "conftest.py")  # in a folder of tests
MOST_MODULES = 8  # at the package's root


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def test_few_modules_at_the_root() -> None:
    modules = [path.name for path in sorted(PACKAGE.glob("*.py"))]
    assert "errors.py" in modules
    assert len(modules) <= MOST_MODULES, modules


def test_no_long_file() -> None:
    files = [*python_files(PACKAGE), *python_files(ROOT / "tests")]
    assert Path(__file__).resolve() in files
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_domain_imports_the_standard_library_only() -> None:
    imported = set()
    for path in python_files(PACKAGE / "domain"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).partition(".")[0])
    assert "dataclasses" in imported
    assert imported <= sys.stdlib_module_names


def test_no_branch_on_a_warehouse_type_outside_its_folder() -> None:
    branch = re.compile(r"\.type\s*(?:==|!=|\bin\b|\bnot in\b)")
    files = [path for path in python_files(PACKAGE) if PACKAGE / "warehouse" not in path.parents]
    assert [str(path) for path in files if branch.search(path.read_text(encoding="utf-8"))] == []


def test_reading_code_names_no_view_class() -> None:
    views = re.compile(rf"\b(?:{'|'.join(view.__name__ for view in SYSTEM_VIEWS.values())})\b")
    files = [path for folder in ("redshift", "staging", "sync") for path in python_files(PACKAGE / folder)]
    assert len(files) > 10
    assert [str(path) for path in files if views.search(path.read_text(encoding="utf-8"))] == []


def test_every_test_file_is_collected(pytestconfig: pytest.Config) -> None:
    """Folders named like output (`build`, `dist`) are skipped by pytest, silently."""
    skipped = pytestconfig.getini("norecursedirs")
    assert "build" in skipped
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    assert [str(f) for f in folders if any(fnmatch(part, name) for part in f.parts for name in skipped)] == []


def subjects(path: Path) -> list[Path]:
    """Where the subject of a unit test may be: the same place in the package, the helpers of tests, or the project."""
    inside = path.relative_to(UNIT)
    subject = inside.with_name(path.stem.removeprefix("test_"))
    return [base / place for base in (PACKAGE, ROOT / "tests", ROOT) for place in (subject, subject.with_suffix(".py"))]


def test_unit_tests_mirror_modules_or_folders() -> None:
    files = [path for path in python_files(UNIT) if path.name not in OTHERS and path != Path(__file__).resolve()]
    assert len(files) > 10
    assert all(path.name.startswith("test_") for path in files)
    assert [str(path.relative_to(UNIT)) for path in files if not any(place.exists() for place in subjects(path))] == []
