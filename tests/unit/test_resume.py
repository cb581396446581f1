"""The resume point: nothing that can have changed is left out, and little else is read."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qupersync.domain.resume import OPEN_LIMIT, ResumePoint, Window, advance, gap, window

NOW = datetime(2026, 5, 1, 12)
MARGIN, RETENTION = timedelta(minutes=15), timedelta(days=7)


def step(point: ResumePoint, **seen: object) -> ResumePoint:
    values = {"newest": None, "final": frozenset(), "unfinished": {}, "now": NOW, "retention": RETENTION, **seen}
    return advance(point, **values)  # type: ignore[arg-type]


def test_the_first_sync_has_no_lower_bound_but_since() -> None:
    assert window(ResumePoint(), MARGIN) == Window()
    assert window(ResumePoint(), MARGIN, since=NOW) == Window(start=NOW)
    assert window(ResumePoint(seen=NOW), MARGIN, since=NOW - RETENTION).start == NOW - MARGIN


def test_an_open_query_holds_the_start_and_not_the_condition_on_the_end() -> None:
    started = NOW - timedelta(days=3)
    point = step(ResumePoint(), newest=NOW, unfinished={5: started})
    assert window(point, MARGIN) == Window(started, NOW - MARGIN, (5,))


def test_an_ended_query_lets_go() -> None:
    point = step(ResumePoint(), newest=NOW, unfinished={5: NOW - timedelta(days=3)})
    ended = step(point, newest=NOW, final=frozenset({5}))
    assert window(ended, MARGIN) == Window(NOW - MARGIN, NOW - MARGIN, ())


def test_an_empty_answer_moves_nothing() -> None:
    point = step(ResumePoint(), newest=NOW, unfinished={5: NOW})
    later = step(point, now=NOW + timedelta(hours=1))
    assert (later.seen, later.open) == (point.seen, point.open)
    assert later.read_at == NOW + timedelta(hours=1)


def test_an_open_query_that_the_view_cannot_hold_any_longer_is_let_go() -> None:
    point = step(ResumePoint(), newest=NOW, unfinished={5: NOW})
    assert step(point, newest=NOW, now=NOW + timedelta(days=6)).open == {5: NOW}
    assert step(point, newest=NOW, now=NOW + timedelta(days=8)).open == {}


def test_very_many_open_queries_are_not_listed() -> None:
    point = step(ResumePoint(), newest=NOW, unfinished=dict.fromkeys(range(OPEN_LIMIT + 1), NOW - timedelta(hours=1)))
    assert window(point, MARGIN) == Window(NOW - timedelta(hours=1))


def test_a_gap_is_what_passed_beyond_retention() -> None:
    point = ResumePoint(seen=NOW, read_at=NOW)
    assert gap(point, NOW + timedelta(days=7), RETENTION) is None
    assert gap(point, NOW + timedelta(days=9), RETENTION) == (NOW, NOW + timedelta(days=2))
    assert gap(ResumePoint(), NOW, RETENTION) is None


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))


@given(st.builds(ResumePoint, st.none() | moments, st.none() | moments, st.dictionaries(st.integers(), moments)))
def test_the_point_survives_its_json(point: ResumePoint) -> None:
    assert ResumePoint.from_state(point.to_state()) == point


@given(moments, st.lists(moments, min_size=1), st.none() | moments)
def test_the_point_never_goes_back(seen: datetime, read: list[datetime], newest: datetime | None) -> None:
    moved = step(ResumePoint(seen=seen), newest=newest)
    assert moved.seen is not None
    assert moved.seen >= seen


def test_rows_that_settle_late_are_read_again_once_a_day() -> None:
    days = timedelta(days=2)
    point = ResumePoint(seen=NOW, read_at=NOW)
    assert window(point, MARGIN, settles=days, now=NOW + timedelta(hours=2)).start == NOW - MARGIN
    assert window(point, MARGIN, settles=days, now=NOW + timedelta(hours=12)).start == NOW - days - timedelta(days=1)
    assert window(point, 2 * days, settles=days, now=NOW + timedelta(hours=12)).start == NOW - 2 * days
    assert window(point, MARGIN, now=NOW + timedelta(hours=12)).start == NOW - MARGIN
