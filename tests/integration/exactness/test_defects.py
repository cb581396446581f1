"""Each defect that a review found, in the smallest history that shows it: exact now, caught with the fix taken out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional

import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.domain import watermark as rules
from qupersync.domain.watermark import Instant
from qupersync.project import Project
from qupersync.redshift.availability import Availability
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.server import EmbeddedServer
from tests.support.history import History
from tests.support.simulation import BEGIN, MINUTE, Query, World
from tests.support.warehouses import Warehouses

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Patch = Callable[[pytest.MonkeyPatch], None]


def query(n: int, start: timedelta, end: timedelta, **more: Any) -> Query:
    """A query with one segment in its first half."""
    middle = BEGIN + start + (end - start) / 2
    made = Query(n, BEGIN + start, BEGIN + end, n, n, "success", f"select {n} from t where a = 'x{n}' -- note",
                 timedelta(0), [(BEGIN + start, middle, 40, 8)], timedelta(0), n)  # fmt: skip
    for name, value in more.items():
        setattr(made, name, value)
    return made


def world(*queries: Query, kind: str = "provisioned", step: Optional[tuple[timedelta, timedelta]] = None) -> World:
    made = World(0, "plain")
    made.kind, made.queries, made.connections, made.vacuums = kind, list(queries), [], []
    if step:
        made._set_clock(BEGIN + step[0], step[1])
    return made


@dataclass
class Defect:
    world: World
    syncs: list[tuple[timedelta, timedelta]]  # when, and how slow between queries and their details
    undo: Patch
    entity: str = "query_history"


def _unbounded(patch: pytest.MonkeyPatch) -> None:
    """The watermark knows no clock: as far as the rows go."""
    far = datetime(9000, 1, 1)

    def window(watermark: Any, at: Instant, *arguments: Any, **more: Any) -> Any:
        return rules.window(watermark, Instant(far, far - (watermark.ahead or timedelta(0))), *arguments, **more)

    def advance(watermark: Any, at: Instant, **more: Any) -> Any:
        return rules.advance(watermark, Instant(far, far), **{**more, "retention": timedelta(days=300_000)})

    patch.setattr("qupersync.sync.view_reader.window", window)
    patch.setattr("qupersync.sync.view_reader.advance", advance)


def _blind_to_steps(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Instant, "ahead", property(lambda self: timedelta(0)))


def _no_late_start(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ClusterConfig, "late_start", property(lambda self: timedelta(0)))


def _denied_is_present(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        Availability, "deployment",
        property(lambda self: "provisioned" if self.exists("stv_slices") else "serverless"),
    )  # fmt: skip


def _no_extra_day(patch: pytest.MonkeyPatch) -> None:
    def window(watermark: Any, at: Instant, lookback: timedelta, since: Any = None, **more: Any) -> Any:
        restatement = more.pop("restatement")
        shorter = restatement - DAY if restatement else None
        return rules.window(watermark, at, lookback, since, restatement=shorter, **more)

    patch.setattr("qupersync.sync.view_reader.window", window)


def _usage(kind: str = "serverless") -> World:
    """The 40th interval is settled 39 hours after its end."""
    last = [query(n, 12 * HOUR + n * MINUTE, 12 * HOUR + n * MINUTE + MINUTE / 2) for n in range(1, 40)]
    more = [query(n, 36 * HOUR + (n - 40) * HOUR, 36 * HOUR + (n - 40) * HOUR + MINUTE) for n in range(40, 79)]
    return world(*last, *more, kind=kind)


DEFECTS = {
    "one row from the future ends a history": Defect(
        world(query(1, 1 * MINUTE, 9 * MINUTE, beyond=timedelta(days=400)), query(2, 50 * MINUTE, 55 * MINUTE)),
        [(10 * MINUTE, timedelta(0)), (2 * HOUR, timedelta(0))],
        _unbounded,
    ),
    "segments read later than their queries go stale": Defect(
        world(
            query(1, 1 * MINUTE, 9 * MINUTE),
            query(2, 61 * MINUTE, 99 * MINUTE + MINUTE / 2),
            query(3, 90 * MINUTE, 120 * MINUTE),
            query(4, 92 * MINUTE, 99 * MINUTE),
        ),
        [(60 * MINUTE, 39 * MINUTE), (130 * MINUTE, timedelta(0))],
        _unbounded,
    ),
    "a clock that steps back hides what comes after": Defect(
        world(
            query(1, 1 * MINUTE, 9 * MINUTE),
            query(2, 70 * MINUTE, 75 * MINUTE),
            query(3, 190 * MINUTE, 199 * MINUTE),
            query(4, 50 * MINUTE, 58 * MINUTE),
            step=(60 * MINUTE, -50 * MINUTE),
        ),
        [(60 * MINUTE - MINUTE / 2, timedelta(0)), (200 * MINUTE, timedelta(0)), (5 * HOUR, timedelta(0))],
        _blind_to_steps,
    ),
    "a row appears when its query ends, hours after its start": Defect(
        world(query(1, 1 * MINUTE, 3 * HOUR, appears_at_end=True), query(2, 50 * MINUTE, 58 * MINUTE)),
        [(1 * HOUR, timedelta(0)), (4 * HOUR, timedelta(0))],
        _no_late_start,
    ),
    "a charge settles after the first sync of its last day": Defect(
        _usage(),
        [
            (13 * HOUR, timedelta(0)),
            (DAY + MINUTE, timedelta(0)),
            (2 * DAY + MINUTE, timedelta(0)),
            (3 * DAY - MINUTE, timedelta(0)),
            (3 * DAY + 5 * MINUTE, timedelta(0)),
            (4 * DAY + 5 * MINUTE, timedelta(0)),
            (5 * DAY + 5 * MINUTE, timedelta(0)),
            (6 * DAY + 5 * MINUTE, timedelta(0)),
        ],
        _no_extra_day,
        "serverless_usage_history",
    ),
}


@pytest.fixture
def history(project: Project, warehouses: Warehouses, server: EmbeddedServer, empty: Warehouse) -> History:
    return History(project, warehouses, server, empty, 0, worlds=[defect.world for defect in DEFECTS.values()])


def _play(history: History, fixed: bool) -> None:
    for cluster, defect in enumerate(DEFECTS.values()):
        with pytest.MonkeyPatch.context() as patch:
            if not fixed:
                defect.undo(patch)
            for at, slow in defect.syncs:
                history.sync(BEGIN + at, cluster, slow=slow)
    history.build()


def _found(history: History) -> dict[str, list[Any]]:
    return {name: history.differences(n, defect.entity) for n, (name, defect) in enumerate(DEFECTS.items())}


def test_reviewed_defects_are_fixed(history: History) -> None:
    _play(history, fixed=True)
    assert {name: found for name, found in _found(history).items() if found} == {}


def test_reviewed_defects_are_caught(history: History) -> None:
    """The histories above notice when a fix is taken out."""
    _play(history, fixed=False)
    assert [name for name, found in _found(history).items() if not found] == []


def test_denied_stl_views_taken_for_present_are_caught(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real Serverless workgroup denies them: three views failed at every sync, and its cost was lost."""
    _denied_is_present(monkeypatch)
    cluster = list(DEFECTS).index("a charge settles after the first sync of its last day")
    with pytest.raises(AssertionError, match="stv_"):
        history.sync(BEGIN + HOUR, cluster)
