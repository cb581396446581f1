"""The dbt sources are generated from the row dataclasses."""

from __future__ import annotations

from pathlib import Path

from qupersync.staging.dbt_sources import sources_yaml

ROOT = Path(__file__).resolve().parents[3]


def test_sources_file_is_up_to_date() -> None:
    assert (ROOT / "models/staging/sources.yml").read_text(encoding="utf-8") == sources_yaml()
