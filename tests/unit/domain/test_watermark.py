"""The watermark: nothing that can have changed is left out, and little else is read."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from qupersync.domain.watermark import IN_FLIGHT_LIMIT, Instant, Watermark, Window, advance, retention_gap, window

NOW = datetime(2026, 5, 1, 12)
LOOKBACK, RETENTION = timedelta(minutes=15), timedelta(days=7)


FAR = timedelta(days=400)


def at(cluster: datetime, machine: datetime | None = None) -> Instant:
    return Instant(cluster, machine or cluster)


def step(watermark: Watermark, now: datetime = NOW, **read: object) -> Watermark:
    values = {"newest": None, "final": frozenset(), "unfinished": {}, "retention": RETENTION, **read}
    return advance(watermark, at(now), **values)  # type: ignore[arg-type]


def test_first_sync_has_no_lower_bound_but_since() -> None:
    assert window(Watermark(), at(NOW), LOOKBACK) == Window()
    assert window(Watermark(), at(NOW), LOOKBACK, since=NOW) == Window(start=NOW)
    assert window(Watermark(newest=NOW), at(NOW), LOOKBACK, since=NOW - RETENTION).start == NOW - LOOKBACK


def test_in_flight_query_holds_the_start_condition_only() -> None:
    started = NOW - timedelta(days=3)
    watermark = step(Watermark(), newest=NOW, unfinished={5: started})
    assert window(watermark, at(NOW), LOOKBACK) == Window(started, NOW - LOOKBACK, (5,))


def test_ended_query_releases_the_start_condition() -> None:
    watermark = step(Watermark(), newest=NOW, unfinished={5: NOW - timedelta(days=3)})
    ended = step(watermark, newest=NOW, final=frozenset({5}))
    assert window(ended, at(NOW), LOOKBACK) == Window(NOW - LOOKBACK, NOW - LOOKBACK, ())


def test_empty_answer_moves_nothing() -> None:
    watermark = step(Watermark(), newest=NOW, unfinished={5: NOW})
    later = step(watermark, now=NOW + timedelta(hours=1))
    assert (later.newest, later.in_flight) == (watermark.newest, watermark.in_flight)
    assert later.read_at == NOW + timedelta(hours=1)


def test_in_flight_query_beyond_retention_is_dropped() -> None:
    watermark = step(Watermark(), newest=NOW, unfinished={5: NOW})
    assert step(watermark, newest=NOW, now=NOW + timedelta(days=6)).in_flight == {5: NOW}
    assert step(watermark, newest=NOW, now=NOW + timedelta(days=8)).in_flight == {}


def test_many_in_flight_queries_are_not_listed() -> None:
    started = dict.fromkeys(range(IN_FLIGHT_LIMIT + 1), NOW - timedelta(hours=1))
    assert window(step(Watermark(), newest=NOW, unfinished=started), at(NOW), LOOKBACK) == Window(
        NOW - timedelta(hours=1)
    )


def test_retention_gap() -> None:
    watermark = Watermark(newest=NOW, read_at=NOW)
    assert retention_gap(watermark, NOW + timedelta(days=7), RETENTION) is None
    assert retention_gap(watermark, NOW + timedelta(days=9), RETENTION) == (NOW, NOW + timedelta(days=2))
    assert retention_gap(Watermark(), NOW, RETENTION) is None


moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))


@given(
    st.builds(
        Watermark,
        st.none() | moments,
        st.none() | moments,
        st.dictionaries(st.integers(), moments),
        st.none() | st.timedeltas(-FAR, FAR),
    )
)
def test_state_round_trip(watermark: Watermark) -> None:
    assert Watermark.from_state(watermark.to_state()) == watermark


def test_state_keys_are_those_stored_in_warehouses() -> None:
    stored = {"seen": "2026-05-01T12:00:00", "read_at": "2026-05-01T12:05:00", "open": {"5": "2026-04-30T12:00:00"}}
    watermark = Watermark(NOW, NOW + timedelta(minutes=5), {5: NOW - timedelta(days=1)})
    assert watermark.to_state() == stored
    assert Watermark.from_state(stored) == watermark


@given(moments, st.none() | moments, moments)
def test_watermark_moves_back_only_to_the_clock(reached: datetime, newest: datetime | None, clock: datetime) -> None:
    moved = step(Watermark(newest=reached), clock, newest=newest)
    assert moved.newest is not None
    assert moved.newest >= min(reached, clock)
    assert newest is None or moved.newest <= clock


def test_row_from_the_future_does_not_end_the_history() -> None:
    watermark = step(Watermark(), newest=NOW + FAR)
    assert watermark.newest == NOW
    later = at(NOW + timedelta(hours=1))
    assert window(watermark, later, LOOKBACK) == Window(NOW - LOOKBACK, NOW - LOOKBACK)


def test_watermark_beyond_the_clock_of_an_older_version_is_healed() -> None:
    """It has no record of the clocks: what was skipped since is unknown, so all that the view has is read."""
    stored = {"seen": (NOW + FAR).isoformat(), "read_at": NOW.isoformat(), "open": {}}
    assert window(Watermark.from_state(stored), at(NOW), LOOKBACK) == Window()


@given(st.timedeltas(timedelta(0), timedelta(hours=5)), st.timedeltas(timedelta(0), timedelta(days=2)))
def test_clock_set_back_is_read_again(back: timedelta, passed: timedelta) -> None:
    """Rows stamped since the clock was set back carry times from `NOW - back` on."""
    watermark = step(Watermark(), newest=NOW)
    found = window(watermark, at(NOW - back + passed, machine=NOW + passed), LOOKBACK)
    assert found.start is not None
    assert found.start <= NOW - back - LOOKBACK


def test_statement_whose_row_appears_when_it_ends_is_read() -> None:
    day = timedelta(days=1)
    found = window(Watermark(newest=NOW), at(NOW), LOOKBACK, late_start=day)
    assert found == Window(NOW - day, NOW - LOOKBACK)


def test_restatement_window_is_read_once_a_day() -> None:
    days = timedelta(days=2)
    read = Watermark(newest=NOW, read_at=NOW)
    same_day, next_day = at(NOW + timedelta(hours=2)), at(NOW + timedelta(hours=12))
    assert window(read, same_day, LOOKBACK, restatement=days).start == NOW - LOOKBACK
    assert window(read, next_day, LOOKBACK, restatement=days).start == NOW - days - timedelta(days=1)
    assert window(read, next_day, 2 * days, restatement=days).start == NOW - 2 * days
    assert window(read, next_day, LOOKBACK).start == NOW - LOOKBACK
