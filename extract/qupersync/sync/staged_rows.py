"""Which rows of the lookback are staged already as they are: read again, they are not staged again.

Every sync reads the rows of the lookback once more, and nearly all of them are what they were. A row is left out when
it equals one that the last reading of its key gave. What was read is kept in a file beside dlt's working directory, as
hashes: a cache, not a state. It counts only for the sync that follows the one that wrote it; without it rows are staged
twice, which is harmless.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, Optional

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ..domain.staged import Stamp
from ..domain.system_views import SystemView
from ..project import write_private

Hashes = npt.NDArray[np.uint64]
Times = npt.NDArray[np.int64]  # µs since 1970

_STAMP = frozenset(column.name for column in Stamp.columns())
_SEEDS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03))  # odd, one for each lane of 64 bits
_NULL = np.uint64(0xA0761D6478BD642F)
_FAR = np.iinfo(np.int64).max  # of a row that is not final: it may change at any time


@dataclass(frozen=True)
class _Rows:
    """Rows by their hashes: 128 bits of all values (``first``, ``second``), 64 of the key, and their span."""

    first: Hashes
    second: Hashes
    key: Hashes
    start: Times
    until: Times

    def where(self, mask: npt.NDArray[np.bool_]) -> _Rows:
        return _Rows(*(values[mask] for values in self._arrays()))

    def and_(self, other: _Rows) -> _Rows:
        return _Rows(*(np.concatenate(pair) for pair in zip(self._arrays(), other._arrays())))

    def sorted(self) -> _Rows:
        order = np.argsort(self.first)
        return _Rows(*(values[order] for values in self._arrays()))

    def _arrays(self) -> tuple[Any, ...]:
        return self.first, self.second, self.key, self.start, self.until

    @classmethod
    def none(cls) -> _Rows:
        hashes, times = np.empty(0, np.uint64), np.empty(0, np.int64)
        return cls(hashes, hashes, hashes, times, times)


@dataclass
class KnownRows:
    """One view's rows: those of the last reading of each key, and those of this sync."""

    view: type[SystemView]
    before: _Rows = field(default_factory=_Rows.none)  # sorted by `first`
    after: Optional[_Rows] = None  # once this sync's reading is over
    _read: list[_Rows] = field(default_factory=list)

    def reset(self) -> None:
        """Forget a pass that failed."""
        self._read = []

    def new_only(self, batch: pa.RecordBatch, since: Optional[datetime]) -> pa.RecordBatch:
        """The rows of a batch (staging's columns) that are not staged as they are.

        ``since``: rows that are over before cannot be read again, and need not be remembered.
        """
        start, until = self._spans(batch)
        horizon = np.int64(0) if since is None else _micros(since)
        latest = self.before.start.max() if len(self.before.start) else np.int64(-1)
        asked = (until >= horizon) | (start <= latest)
        if not asked.any():
            return batch
        chosen = batch if asked.all() else batch.filter(pa.array(asked))
        names = [name for name in batch.schema.names if name not in _STAMP]
        words = {name: _words(chosen.column(name)) for name in names}
        first, second = (_digest(list(words.values()), seed) for seed in _SEEDS)
        key = _digest([words[name] for name in self.view.key], _SEEDS[0])
        rows = _Rows(first, second, key, start[asked], until[asked])
        self._read.append(rows.where(rows.until >= horizon))
        if not len(self.before.first):
            return batch
        at = np.minimum(np.searchsorted(self.before.first, rows.first), len(self.before.first) - 1)
        known = np.zeros(batch.num_rows, np.bool_)
        known[asked] = (self.before.first[at] == rows.first) & (self.before.second[at] == rows.second)
        return batch.filter(pa.array(~known)) if known.any() else batch

    def finish(self, oldest: datetime, boundary: datetime) -> None:
        """The reading is over: keep what may be read again: not over before ``boundary`` and begun after ``oldest``."""
        read = _Rows.none()
        for rows in self._read:
            read = read.and_(rows)
        others = self.before.where(~np.isin(self.before.key, read.key))
        every = others.and_(read)
        self.after = every.where((every.until >= _micros(boundary)) & (every.start >= _micros(oldest))).sorted()
        self._read = []

    def _spans(self, batch: pa.RecordBatch) -> tuple[Times, Times]:
        """Start of each row, and when it was over."""
        start = _integers(batch.column(str(self.view.time)), 0)
        if self.view.end is None:
            return start, start
        until = _integers(batch.column(self.view.end), _FAR)
        if self.view.final:
            name, values = self.view.final
            final = pc.fill_null(pc.is_in(batch.column(name), pa.array(values)), False)
            until = np.where(final.to_numpy(zero_copy_only=False), until, _FAR)
        return start, until


class StagedRows:
    """The cache of one cluster in one warehouse, during one sync."""

    def __init__(self, file: Path, sync_id: Optional[str]) -> None:
        """Load what the sync ``sync_id`` left; empty when another one wrote it, or when it is damaged."""
        self._file = file
        self._views: dict[str, KnownRows] = {}
        self._stored: dict[str, _Rows] = {}
        try:
            with np.load(file, allow_pickle=False) as stored:
                if sync_id is not None and str(stored["sync_id"]) == sync_id:
                    names = {name.split(".")[0] for name in stored.files if "." in name}
                    self._stored = {
                        name: _Rows(*(stored[f"{name}.{column}"] for column in _Rows.__dataclass_fields__))
                        for name in names
                    }
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            pass  # a cache: without it rows are staged twice

    def of(self, view: type[SystemView]) -> KnownRows:
        """The known rows of a view."""
        if view.view not in self._views:
            self._views[view.view] = KnownRows(view, self._stored.get(view.view, _Rows.none()))
        return self._views[view.view]

    def save(self, sync_id: str) -> None:
        """Keep what the sync ``sync_id``, whose load is complete, has staged."""
        kept = dict(self._stored)
        kept |= {name: known.after for name, known in self._views.items() if known.after is not None}
        arrays = {
            f"{name}.{column}": getattr(rows, column)
            for name, rows in kept.items()
            for column in _Rows.__dataclass_fields__
        }
        buffer = io.BytesIO()
        np.savez(buffer, sync_id=np.array(sync_id), **arrays)
        write_private(self._file, buffer.getvalue())


def _micros(moment: datetime) -> np.int64:
    return np.int64((moment - datetime(1970, 1, 1)) // timedelta(microseconds=1))


def _integers(values: pa.Array, null: int) -> Times:
    return pc.fill_null(pc.cast(values, pa.int64()), null).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _digest(columns: Sequence[Hashes], seed: np.uint64) -> Hashes:
    """A 64-bit hash of each row, given the words of its columns."""
    lane: Hashes = np.full(len(columns[0]), seed, np.uint64)
    with np.errstate(over="ignore"):
        for words in columns:
            lane = _mixed((lane + words) * seed)
    return lane


def _words(values: pa.Array) -> Hashes:
    """Each value as 64 bits: numbers as they are, texts by a hash of each distinct one."""
    if pa.types.is_string(values.type):
        encoded = pc.dictionary_encode(values)
        distinct = [b"" if text is None else text.encode() for text in encoded.dictionary.to_pylist()]
        hashed = [int.from_bytes(blake2b(text, digest_size=8).digest(), "little") for text in distinct]
        words = np.array([*hashed, _NULL], np.uint64)
        at = pc.fill_null(encoded.indices, len(hashed)).to_numpy(zero_copy_only=False)
        found: Hashes = words[at]
        return found
    if pa.types.is_floating(values.type):
        words = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False).view(np.uint64)
    else:
        words = pc.fill_null(pc.cast(values, pa.int64()), 0).to_numpy(zero_copy_only=False).view(np.uint64)
    if values.null_count:
        words = np.where(pc.is_null(values).to_numpy(zero_copy_only=False), _NULL, words)
    return words


def _mixed(words: Hashes) -> Hashes:
    """Spread every bit over all others (the finalizer of splitmix64); no two words give one."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
