"""The snippets for Airflow and Dagster, imported by the schedulers themselves: `make soak` installs them (minutes)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import ROOT, of

pytestmark = pytest.mark.skipif(not os.environ.get("QUPERSYNC_SCHEDULERS"), reason="`make soak` installs schedulers")
AIRFLOW, DAGSTER = of("docs/scheduling.md", "python")
PROFILE = """
qupersync:
  target: postgres
  outputs:
    postgres: {type: postgres, host: 127.0.0.1, port: 5432, user: u, password: p, dbname: d, schema: qupersync}
"""  # parsing connects to nothing


def installed(folder: Path, *packages: str) -> Path:
    """The Python of a new environment with these packages."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def test_airflow(tmp_path: Path) -> None:
    python = installed(tmp_path / "venv", "apache-airflow>=3")
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "qupersync_dag.py").write_text(AIRFLOW, encoding="utf-8")
    script = (
        "from airflow.dag_processing.dagbag import DagBag\n"
        f"bag = DagBag({str(dags)!r})\n"
        "assert not bag.import_errors, bag.import_errors\n"
        "assert [task.task_id for task in bag.dags['qupersync'].tasks] == ['run']\n"
    )
    settings = {"AIRFLOW__CORE__UNIT_TEST_MODE": "True", "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    home = {**os.environ, "AIRFLOW_HOME": str(tmp_path / "home"), **settings}
    subprocess.run([str(python), "-c", script], env=home, check=True)


def test_dagster(tmp_path: Path) -> None:
    """Its assets are those of the project's manifest."""
    python = installed(tmp_path / "venv", "dagster", "dagster-dbt", str(ROOT))
    (tmp_path / "profiles.yml").write_text(PROFILE, encoding="utf-8")
    target = tmp_path / "target"
    here = DAGSTER.replace("/srv/qupersync", str(ROOT))
    elsewhere = here.replace("profiles_dir=HOME", f"profiles_dir={str(tmp_path)!r}, target_path={str(target)!r}")
    assert elsewhere != here
    (tmp_path / "definitions.py").write_text(elsewhere, encoding="utf-8")
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path), "DBT_TARGET_PATH": str(target)}
    parse = [str(ROOT / ".venv/bin/dbt"), "parse", "--target-path", str(target), "--profiles-dir", str(tmp_path)]
    subprocess.run(parse, cwd=ROOT, env=environment, check=True)
    validate = [str(python), "-m", "dagster", "definitions", "validate", "-f", str(tmp_path / "definitions.py")]
    subprocess.run(validate, cwd=tmp_path, env=environment, check=True)
