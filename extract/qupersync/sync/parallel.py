"""Reading, preparing and sending at the same time, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Semaphore
from typing import Optional, TypeVar

AHEAD = 3  # items made, or in the making, that nobody has taken yet
WORKERS = 2

Item = TypeVar("Item")
Made = TypeVar("Made")


def read_ahead(
    source: Iterator[Item],
    work: Callable[[Item], Made],
    workers: int = WORKERS,
    stop: Callable[[], None] = lambda: None,
) -> Generator[Made, None, None]:
    """``work`` of every item of ``source``, in order; both run in threads, a few items ahead of who takes them.

    Errors: what ``source`` and ``work`` raise, at the item's turn. Closing the generator ends the reading.
    ``stop`` is called then: it makes a ``source`` that waits for something give up, or nobody could end it.
    """
    made: SimpleQueue[Optional[Future[Made]]] = SimpleQueue()
    room, wanted = Semaphore(AHEAD), True

    def read() -> None:
        try:
            for item in source:
                room.acquire()
                if not wanted:
                    break
                made.put(pool.submit(work, item))
        finally:
            made.put(None)

    # Two pools: once all is read, the reader's thread must not work as one more worker.
    with ThreadPoolExecutor(workers) as pool, ThreadPoolExecutor(1) as reader:
        reading, over = reader.submit(read), False
        try:
            while (one := made.get()) is not None:
                yield one.result()
                room.release()
            over = True
            reading.result()  # raises what the source raised
        finally:
            wanted = False
            room.release()
            if not over:
                stop()
