"""What a view's reader does about an error: values that cannot be read are read as text, nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.domain.watermark import Instant
from qupersync.errors import (
    ViewCancelledError,
    ViewDataError,
    ViewDeniedError,
    ViewError,
    ViewLostError,
    ViewUnavailableError,
)
from qupersync.redshift.availability import Availability
from qupersync.sync.runs import SyncStamp, ViewRun
from qupersync.sync.staged_rows import StagedRows
from qupersync.sync.state import ViewState
from qupersync.sync.view_reader import ViewReader

NOW = datetime(2026, 5, 1)
VIEW = SYSTEM_VIEWS["svv_user_info"]


class Failing:
    """A cluster whose stream of rows ends in an error, and a sink that takes all."""

    def __init__(self, error: type[ViewError]) -> None:
        self.error, self.asked = error, list[str]()

    def columns(self, view: str, database: str | None = None) -> dict[str, int]:
        return {column.name: 1043 for column in VIEW.columns() if not column.derived}

    def stream(self, view: str, query: str, database: str | None = None) -> Iterator[Any]:
        self.asked.append("stream")
        raise self.error(view)
        yield

    def texts(self, view: str, query: str, database: str | None = None) -> Iterator[Any]:
        self.asked.append("texts")
        return iter(())

    def cancel(self) -> None: ...

    def write(self, table: str, batches: Iterator[Any]) -> list[Any]:
        return list(batches)


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (ViewDataError, ["stream", "texts"]),
        (ViewLostError, ["stream", "stream"]),  # once more, on a new connection
        *((other, ["stream"]) for other in (ViewDeniedError, ViewCancelledError, ViewUnavailableError, ViewError)),
    ],
)
def test_only_values_that_cannot_be_read_are_read_as_text(
    tmp_path: Path, error: type[ViewError], asked: list[str]
) -> None:
    cluster = Failing(error)
    reader = ViewReader(
        ClusterConfig(name="prod"), cast("Any", cluster), Availability(cluster), cast("Any", cluster),
        SyncStamp("prod", "s", NOW), Instant(NOW, NOW), StagedRows(tmp_path / "known.npz", None),
    )  # fmt: skip
    run = ViewRun(VIEW.view, None)
    if error is ViewDataError:
        reader.read(VIEW, run, ViewState(), {})
        assert "is read as text, row by row" in str(run.warning)
    else:
        with pytest.raises(error):
            reader.read(VIEW, run, ViewState(), {})
        assert run.warning is None
    assert cluster.asked == asked
