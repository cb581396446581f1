"""From a profile of the user's own to a warehouse: the embedded one needs nothing of it, and errors name its settings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import psycopg2
import pytest

from qupersync.config.profiles import EMBEDDED_PASSWORD, EMBEDDED_PORT
from qupersync.errors import ConfigurationError, WarehouseError
from qupersync.project import Project
from qupersync.warehouse import open as opening
from qupersync.warehouse.open import open_warehouse

ROOT = Path(__file__).resolve().parents[3]
PORT = "QUPERSYNC_PG_PORT"
SAID = 'connection to server at "h", port 5432 failed: '


class _Server:
    """An embedded server that runs."""

    port, password = 5499, "s3cret"

    def __init__(self, project: Project) -> None: ...

    def start(self) -> bool:
        return False

    def ensure_database(self, name: str) -> bool:
        return False


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example, without any variable."""
    for name in [EMBEDDED_PORT, EMBEDDED_PASSWORD, *os.environ]:
        if name in ("DBT_TARGET", "QUPERSYNC_TARGET") or name.startswith(("QUPERSYNC_EMBEDDED_", "QUPERSYNC_PG_")):
            monkeypatch.setenv(name, "")  # so that what a test lets it be is undone
            monkeypatch.delenv(name)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    monkeypatch.setattr(opening, "EmbeddedServer", _Server)
    return Path(shutil.copy(ROOT / "profiles.example.yml", tmp_path / "profiles.yml"))


@pytest.mark.parametrize(("target", "database"), [(None, "qupersync"), ("demo", "qupersync_demo")])
def test_copy_of_the_example_keeps_the_embedded_server(profiles: Path, target: Optional[str], database: str) -> None:
    """Also for dbt, which inherits the variables."""
    before = profiles.read_text(encoding="utf-8")
    opened = open_warehouse(Project(ROOT), target)
    assert (opened.port, opened.password, opened.database) == (5499, "s3cret", database)
    assert (os.environ[EMBEDDED_PORT], os.environ[EMBEDDED_PASSWORD]) == ("5499", "s3cret")
    assert profiles.read_text(encoding="utf-8") == before


def test_variables_of_the_user_stay(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EMBEDDED_PORT, "1")
    monkeypatch.setenv(EMBEDDED_PASSWORD, "")
    opened = open_warehouse(Project(ROOT))
    assert (opened.port, opened.password) == (1, "s3cret")
    with pytest.raises(WarehouseError, match=f"or unset {EMBEDDED_PORT} and {EMBEDDED_PASSWORD}$"):
        opened.connect()


def test_generated_profile_has_port_and_password_and_the_other_targets(
    profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.unlink()
    opened = open_warehouse(Project(ROOT))
    assert (opened.port, opened.password) == (5499, "s3cret")
    assert not {EMBEDDED_PORT, EMBEDDED_PASSWORD} & set(os.environ)
    monkeypatch.setenv("QUPERSYNC_PG_HOST", "h")
    monkeypatch.setenv("QUPERSYNC_PG_PASSWORD", "p")
    assert open_warehouse(Project(ROOT), "postgres").host == "h"


@pytest.fixture
def failing(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """The message of a connection to the target `postgres` that fails with one of libpq."""
    monkeypatch.setenv("QUPERSYNC_PG_PASSWORD", "p")

    def fail(said: str) -> str:
        def connect(**_: Any) -> None:
            raise psycopg2.OperationalError(said)

        monkeypatch.setattr(psycopg2, "connect", connect)
        with pytest.raises(WarehouseError) as caught:
            open_warehouse(Project(ROOT), "postgres").connect()
        return str(caught.value).replace(str(profiles), "FILE")

    return fail


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        (
            'could not translate host name "h" to address: Name or service not known',
            "; check outputs.postgres.host (environment variable QUPERSYNC_PG_HOST) and outputs.postgres.port "
            "(environment variable QUPERSYNC_PG_PORT) in FILE",
        ),
        (
            f'{SAID}FATAL:  password authentication failed for user "u"',
            "; check outputs.postgres.user (environment variable QUPERSYNC_PG_USER) and outputs.postgres.password "
            "(environment variable QUPERSYNC_PG_PASSWORD) in FILE",
        ),
        (
            f"{SAID}server does not support SSL, but SSL was required",
            "; check outputs.postgres.sslmode (environment variable QUPERSYNC_PG_SSLMODE) in FILE",
        ),
        (f"{SAID}FATAL:  the database system is starting up", ""),
    ],
)
def test_unreachable_warehouse_names_its_settings(failing: Callable[[str], str], said: str, hint: str) -> None:
    assert failing(said).endswith(f"{said}{hint}")


def test_port_that_is_no_number(profiles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUPERSYNC_PG_PASSWORD", "p")
    monkeypatch.setenv(PORT, "abc")
    says = f"{profiles}: outputs.postgres.port (environment variable {PORT}) must be a number, not 'abc'"
    with pytest.raises(ConfigurationError) as caught:
        open_warehouse(Project(ROOT), "postgres").connect()
    assert str(caught.value) == says
