"""No settings of the developer's own, and no target."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _no_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(tmp_path_factory.getbasetemp(), "qupersync.yml")
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("QUPERSYNC_SETTINGS", str(file))
    for name in ("QUPERSYNC_TARGET", "QUPERSYNC_TIMESTAMPS"):
        monkeypatch.delenv(name, raising=False)
