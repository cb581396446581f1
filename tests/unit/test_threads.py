"""Reading ahead: order, errors, ends, and that a source that runs ahead waits in a file."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from qupersync import threads
from qupersync.threads import read_ahead, unhurried


class GoneError(Exception):
    pass


def counted(until: int, fail: bool = False) -> Iterator[int]:
    yield from range(until)
    if fail:
        raise GoneError


def batches(count: int, fail: bool = False) -> Iterator[pa.RecordBatch]:
    for n in counted(count, fail):
        yield pa.record_batch({"n": [n], "text": [None if n % 3 else "é" * n], "many": [[n, n]]})


def test_work_is_handed_over_in_order() -> None:
    def work(n: int) -> int:
        time.sleep(0.002 * (n % 3))  # later ones are ready earlier
        return n * n

    assert list(read_ahead(counted(40), work)) == [n * n for n in range(40)]


def test_an_error_comes_at_its_turn() -> None:
    taken = []
    with pytest.raises(GoneError):
        for n in read_ahead(counted(5, fail=True), str):
            taken.append(n)
    assert taken == list("01234")
    ahead = read_ahead(counted(9), lambda n: 1 // (3 - n))
    assert [next(ahead) for _ in range(3)] == [0, 0, 1]
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_one_worker_is_one_at_a_time() -> None:
    """Also when the source is at its end: an encoder may not be used by two threads at once."""
    busy = threading.Lock()

    def work(n: int) -> int:
        assert busy.acquire(blocking=False), "two at once"
        time.sleep(0.002)
        busy.release()
        return n

    assert list(read_ahead(counted(30), work, workers=1)) == list(range(30))


def test_no_more_is_read_than_a_few_items_ahead() -> None:
    read = []

    def source() -> Iterator[int]:
        for n in range(100):
            read.append(n)
            yield n

    ahead = read_ahead(source(), lambda n: n)
    assert next(ahead) == 0
    time.sleep(0.2)
    assert len(read) <= threads.AHEAD + 2
    before = threading.active_count()
    ahead.close()
    assert threading.active_count() < before
    assert len(read) < 100


def test_what_comes_too_early_waits_in_a_file_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, written = list(batches(60)), []
    write = threads._write

    def noted(file: int, data: pa.Buffer, at: int) -> None:
        written.append((at, data.size))
        write(file, data, at)

    monkeypatch.setattr(threads, "_write", noted)
    waiting = unhurried(batches(60), tmp_path)
    found = [next(waiting)]
    time.sleep(0.2)  # by now all have come
    assert len(written) >= 60 - threads.IN_MEMORY - 1
    assert not list(tmp_path.iterdir())
    found += list(waiting)
    assert found == wanted
    ends = [at + size for at, size in written]
    assert all(at in (0, end) for (at, _), end in zip(written[1:], ends))  # one behind the other, or from the front


def test_the_file_is_used_from_the_front_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "IN_MEMORY", 0)
    starts, write = [], threads._write
    monkeypatch.setattr(threads, "_write", lambda file, data, at: (starts.append(at), write(file, data, at)))

    def slow() -> Iterator[pa.RecordBatch]:
        for batch in batches(4):
            yield batch
            time.sleep(0.1)

    assert list(unhurried(slow(), tmp_path)) == list(batches(4))
    assert starts == [0, 0, 0, 0]


def test_a_source_that_fails_fails_after_what_it_gave(tmp_path: Path) -> None:
    found = []
    with pytest.raises(GoneError):
        for batch in unhurried(batches(20, fail=True), tmp_path):
            found.append(batch)
    assert found == list(batches(20))


def test_a_full_disk_is_an_error_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(threads, "_write", full)
    monkeypatch.setattr(threads, "IN_MEMORY", 0)
    with pytest.raises(OSError, match="No space left"):
        list(unhurried(batches(20), tmp_path))
