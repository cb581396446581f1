"""What child programs get of our environment."""

from __future__ import annotations

import os

import pytest

from qupersync.warehouse.server import _State, password_environment


def test_client_programs_get_one_password(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"SOURCES__REDSHIFT__PROD__PASSWORD": "a-s3cret", "AWS_SECRET_ACCESS_KEY": "b-s3cret", "MY_TOKEN": "c-s3cret",
               "PGPASSWORD": "d-s3cret", "QUPERSYNC_PASSWORD": "e-s3cret"}  # fmt: skip
    for name, value in {**secrets, "PGSSLROOTCERT": "ca.crt", "TERM": "xterm", "LC_TIME": "C"}.items():
        monkeypatch.setenv(name, value)
    environment = password_environment("the one")
    assert environment["PGPASSWORD"] == "the one"
    assert not set(secrets.values()) & set(environment.values())
    assert environment["PATH"] == os.environ["PATH"]
    assert (environment["PGSSLROOTCERT"], environment["TERM"], environment["LC_TIME"]) == ("ca.crt", "xterm", "C")
    assert password_environment(None)["PGPASSWORD"] == "d-s3cret"  # libpq's own way to be told one


def test_no_password_in_a_repr() -> None:
    assert "s3cret" not in repr(_State(5432, "s3cret", "/data"))
