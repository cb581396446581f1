"""The wheel alone, in an empty directory: `demo`, then `init` and `run` on the warehouse of an earlier version."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from qupersync.demo.cluster import DemoCluster
from qupersync.warehouse.server import EmbeddedServer
from tests.support.environment import environment_of
from tests.support.stored_warehouses import NAME, restored, stored_versions
from tests.support.warehouses import Warehouses, execute

ROOT = Path(__file__).resolve().parents[3]
MODELS = "qupersync/dbt_project/"
Run = Callable[..., str]


def hatchling(*words: str, folder: Path) -> None:
    """Run the build backend without an installer, which would ask a registry for it."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    hatchling("-t", "wheel", "-d", str(folder), folder=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in a folder of its own, which comes before the checkout."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder)]
    subprocess.run([*command, "--disable-pip-version-check", str(wheel)], check=True, capture_output=True)
    return folder


@pytest.fixture
def run(installed: Path, home: Path, server: EmbeddedServer, tmp_path: Path) -> Run:
    """Runs a program with the wheel alone; its output. The embedded server is that of the session."""

    def in_folder(folder: Path, *words: str, **settings: str) -> str:
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "DLT_"))}
        environment = {**ours, "HOME": str(tmp_path), "PYTHONPATH": str(installed), **settings}
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return in_folder


def files_of(folder: Path) -> dict[str, int]:
    """Files below a folder and when they were written, without what Python caches."""
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in paths}


def tracked_models() -> set[str]:
    """What the models need, of the checkout."""
    folders = [ROOT / name for name in ("models", "macros", "tests/generic", "tests/singular")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(ROOT)) for path in files} | {
        "dbt_project.yml", "profiles.example.yml", ".dlt/config.toml", ".dlt/secrets.example.toml",
    }  # fmt: skip


def test_contents(wheel: Path, tmp_path: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.removeprefix(MODELS) for name in names if name.startswith(MODELS)} == tracked_models()
    package = {str(path.relative_to(ROOT / "extract")) for path in (ROOT / "extract").rglob("*") if path.is_file()}
    package = {name for name in package if "__pycache__" not in name}
    assert package <= names
    others = {name for name in names - package if not name.startswith(MODELS)}
    assert {name.partition("/")[0].partition("-")[2] for name in others} == {f"{version()}.dist-info"}
    # The sdist makes the same wheel.
    hatchling("-t", "sdist", "-d", str(tmp_path), folder=ROOT)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data") if sys.version_info >= (3, 12) else archive.extractall(tmp_path)
    (source,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert not (source / ".dlt" / "secrets.toml").exists()
    hatchling("-t", "wheel", "-d", str(tmp_path), folder=source)
    assert set(zipfile.ZipFile(tmp_path / wheel.name).namelist()) == names


def version() -> str:
    """As the package has it, in one place."""
    from qupersync import __version__

    return __version__


def test_demo_in_an_empty_directory(run: Run, installed: Path, home: Path, tmp_path: Path) -> None:
    empty, before = tmp_path / "empty", files_of(installed)
    empty.mkdir()
    said = run(empty, "-m", "qupersync", "demo", "--queries", "300")
    assert "Next steps" in said
    assert list(empty.iterdir()) == []
    folder = home / "state" / "demo"
    assert {path.name for path in folder.iterdir()} >= {"profiles.yml", "target", "logs"}
    # What it made is found again, from anywhere; and dbt itself works there.
    assert "/qupersync_demo" in run(empty, "-m", "qupersync", "warehouse", "url", "--target", "demo")
    listed = run(folder, "-m", "dbt.cli.main", "--quiet", "ls", "--target", "demo", "--select", "query_history")
    assert "qupersync.entities.query_history" in listed.split()
    assert files_of(installed) == before  # dbt wrote nothing beside the models


def test_init_and_run_on_an_earlier_warehouse(
    run: Run, installed: Path, warehouses: Warehouses, server: EmbeddedServer, home: Path, tmp_path: Path
) -> None:
    """As after an upgrade: the wheel of this version on the warehouse of the last one, in a project folder."""
    folder, before = tmp_path / "project", files_of(installed)
    warehouse = restored(warehouses, server, stored_versions()[-1])
    kept = f"select count(*), max(synced_at), sum(execution_time_us) from qupersync.query_history where cluster_id = '{NAME}'"
    history = execute(warehouse, kept)
    server.ensure_database("wheel_cluster")
    cluster = DemoCluster(server, "wheel_cluster")
    cluster.make(seed=3, queries=300)
    run(tmp_path, "-m", "qupersync", "init", "project")
    (folder / "profiles.yml").write_text((home / "profiles.yml").read_text(encoding="utf-8"), encoding="utf-8")
    configured = environment_of(cluster.config)
    settings = {name: value for name, value in configured.items() if name.startswith("SOURCES__")}
    said = run(folder, "-m", "qupersync", "run", "--target", warehouse.target, **settings)
    assert "prod  sys_query_history" in said
    assert execute(warehouse, kept) == history
    assert execute(warehouse, "select count(*) > 200 from qupersync.query_history where cluster_id = 'prod'") == [
        (True,)
    ]
    assert (folder / "target" / "run_results.json").exists()
    assert files_of(installed) == before
