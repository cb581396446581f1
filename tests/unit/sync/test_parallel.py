"""Reading ahead: order, errors, closing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from qupersync.sync import parallel
from qupersync.sync.parallel import read_ahead


class GoneError(Exception):
    pass


def counted(until: int, fail: bool = False) -> Iterator[int]:
    yield from range(until)
    if fail:
        raise GoneError


def test_order() -> None:
    def work(n: int) -> int:
        time.sleep(0.002 * (n % 3))  # later ones are ready earlier
        return n * n

    assert list(read_ahead(counted(40), work)) == [n * n for n in range(40)]


def test_error_at_its_turn() -> None:
    taken = []
    with pytest.raises(GoneError):
        for n in read_ahead(counted(5, fail=True), str):
            taken.append(n)
    assert taken == list("01234")
    ahead = read_ahead(counted(9), lambda n: 1 // (3 - n))
    assert [next(ahead) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_one_worker_runs_one_item_at_a_time() -> None:
    """Also when the source is at its end: an encoder may not be used by two threads at once."""
    busy = threading.Lock()

    def work(n: int) -> int:
        assert busy.acquire(blocking=False), "two at once"
        time.sleep(0.002)
        busy.release()
        return n

    assert list(read_ahead(counted(30), work, workers=1)) == list(range(30))


def test_read_ahead_is_bounded() -> None:
    read = []

    def source() -> Iterator[int]:
        for n in range(100):
            read.append(n)
            yield n

    ahead = read_ahead(source(), lambda n: n)
    assert next(ahead) == 0
    time.sleep(0.2)
    assert len(read) <= parallel.AHEAD + 2
    before = threading.active_count()
    ahead.close()
    assert threading.active_count() < before
    assert len(read) < 100
