"""A build into schemas that the other commands do not look in is an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from qupersync.cli import build as command
from qupersync.cli.parser import main
from qupersync.config.dbt_project import Schemas
from qupersync.warehouse.postgres import PostgresWarehouse


class Opened(PostgresWarehouse):
    """One that answers nothing."""

    def connect(self) -> Any:
        return MagicMock()

    def fetch(self, sql: str, parameters: Any = None) -> Any:
        return [], [(1,)]


@pytest.mark.parametrize(
    ("model", "schema", "says"),
    [
        ("models/marts/x.sql", "q", "in schema 'q' and the other commands look in 'q_marts'"),  # a macro of the user's
        ("models/entities/x.sql", "q_mine", "the var qupersync_entities_schema"),  # a +schema
        ("models/bookkeeping/x.sql", "elsewhere", "look in 'q_staging'"),
        ("models/bookkeeping/x.sql", "q_facts", ""),
        ("models/staging/x.sql", "q_staging", ""),
        ("models/findings/x.sql", "q_marts", ""),
    ],
)
def test_schemas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    model: str, schema: str, says: str,
) -> None:  # fmt: skip
    def dbt(_: Any, *words: str, **__: Any) -> int:
        assert words[-2:] == ("--exclude-resource-type", "unit_test")  # with other thresholds they would fail
        node = {"name": "x", "schema": schema, "package_name": "qupersync", "original_file_path": model,
                "resource_type": "model", "config": {"materialized": "incremental"}}  # fmt: skip
        others = [{**node, "package_name": "mine", "schema": "mine"}, {**node, "resource_type": "test", "schema": "t"},
                  {**node, "config": {"materialized": "ephemeral"}, "schema": "none"}]  # fmt: skip
        for name, found in (
            ("manifest", {"nodes": dict(enumerate([*others, node]))}),
            ("run_results", {"results": []}),
        ):
            (tmp_path / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")
        return 0

    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    monkeypatch.setenv("QUPERSYNC_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(command, "dbt", dbt)
    opened = Opened("x", {"host": "h", "schema": "q"}, Schemas(entities="facts"))
    monkeypatch.setattr(command, "open_warehouse", lambda *_: opened)
    monkeypatch.setattr(type(opened), "build_lock", lambda self: MagicMock())
    assert main(["build"]) == (2 if says else 0)
    assert says in capsys.readouterr().err
