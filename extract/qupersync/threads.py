"""Reading, preparing and sending at the same time, in bounded memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Optional, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

AHEAD = 3  # items made, or in the making, that nobody has taken yet
WORKERS = 2
IN_MEMORY = 3  # batches that came too early and are not in the file

Item = TypeVar("Item")
Made = TypeVar("Made")


def read_ahead(
    source: Iterator[Item], work: Callable[[Item], Made], workers: int = WORKERS
) -> Generator[Made, None, None]:
    """``work`` of every item of ``source``, in order; both run in threads, a few items ahead of who takes them.

    Errors: what ``source`` and ``work`` raise, at the item's turn. Closing the generator ends the reading.
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
        reading = reader.submit(read)
        try:
            while (one := made.get()) is not None:
                yield one.result()
                room.release()
            reading.result()  # raises what the source raised
        finally:
            wanted = False
            room.release()


def unhurried(source: Iterator[pa.RecordBatch], folder: Optional[Path] = None) -> Generator[pa.RecordBatch, None, None]:
    """The batches of a source that does not wait for who takes them: what comes too early waits in a file.

    The file (in ``folder``, else where temporary files are) has no name: nobody else can open it, and it is gone with
    this process, however that ends. Errors: what ``source`` raises, and OSError when the file cannot be written.
    """
    import pyarrow as pa

    waiting: SimpleQueue[pa.RecordBatch | tuple[int, int, pa.Schema] | None] = SimpleQueue()
    room, wanted = Semaphore(IN_MEMORY), True
    lock, in_file, end = Lock(), 0, 0

    def read() -> None:
        nonlocal in_file, end
        try:
            for batch in source:
                if not wanted:
                    break
                if room.acquire(blocking=False):
                    waiting.put(batch)
                    continue
                message = batch.serialize()
                with lock:
                    start = end if in_file else 0  # from the front again once all was taken
                    in_file, end = in_file + 1, start + message.size
                _write(file.fileno(), message, start)
                waiting.put((start, message.size, batch.schema))
        finally:
            waiting.put(None)

    with tempfile.TemporaryFile(dir=folder) as file, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        try:
            while (one := waiting.get()) is not None:
                if isinstance(one, tuple):
                    start, size, schema = one
                    message = pa.py_buffer(os.pread(file.fileno(), size, start))
                    with lock:
                        in_file -= 1
                    yield pa.ipc.read_record_batch(message, schema)
                else:
                    room.release()
                    yield one
            reading.result()  # raises what the source raised
        finally:
            wanted = False


def _write(file: int, data: pa.Buffer, at: int) -> None:
    view = memoryview(data)
    while view:
        done = os.pwrite(file, view, at)
        view, at = view[done:], at + done
