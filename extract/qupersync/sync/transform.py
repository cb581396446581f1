"""From the rows of a view to staged rows: exact types, privacy, the stamp; a row that does not fit is rejected."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Optional

import pyarrow as pa
import pyarrow.compute as pc

from ..config.clusters import QueryText
from ..domain.staged import Column, Stamp
from ..domain.system_views import SystemView
from ..staging.arrow_schema import arrow_schema
from ..staging.tables import staged_columns
from . import query_text
from .runs import SyncStamp

_EPOCH = datetime(1970, 1, 1)
# What a timestamp may be in every warehouse we write to; PostgreSQL's infinity lies far outside.
_OLDEST = int((datetime(1, 1, 1) - _EPOCH) / timedelta(microseconds=1))
_NEWEST = int((datetime(9999, 12, 31, 23, 59, 59, 999999) - _EPOCH) / timedelta(microseconds=1))
_PRIVATE = frozenset({"query_text", "error_message"})


@dataclass
class RowTransform:
    """Prepares the batches of one view for staging; ``rejected`` collects the rows that do not fit."""

    view: type[SystemView]
    stamp: SyncStamp
    query_text: QueryText
    database: str = ""  # the connected one
    rejected: list[dict[str, Any]] = field(default_factory=list)  # rows of rejected_rows

    def __post_init__(self) -> None:
        self.schema = arrow_schema(staged_columns(self.view))
        self._read = [column for column in self.view.columns() if not column.derived]
        self._facts = query_text.TextFacts()

    def prepare(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch as the view's SELECT list gave it → a batch with staging's schema."""
        columns = {
            column.name: _trimmed(pc.cast(batch.column(i), self.schema.field(column.name).type))
            for i, column in enumerate(self._read)
        }
        count = batch.num_rows
        bad = pa.repeat(pa.scalar(False), count)
        for column in self._read:
            for reason, found in self._faults(column, columns[column.name]):
                mask = pc.fill_null(found, False)
                if pc.any(mask).as_py():
                    fresh = pc.and_not(mask, bad)
                    self._reject_arrow(columns, fresh, f"{column.name} {reason}")
                    bad = pc.or_(bad, mask)
        if pc.any(bad).as_py():
            keep = pc.invert(bad)
            columns = {name: pc.filter(values, keep) for name, values in columns.items()}
            count = pc.sum(keep).as_py() or 0
        if "query_text" in columns:
            self._protect(columns)
        if self.view.per_database:
            columns["connected_database"] = pa.repeat(pa.scalar(self.database, pa.string()), count)
        own = [columns[column.name] for column in self.view.columns()]
        return pa.RecordBatch.from_arrays([*self._stamp_columns(count), *own], schema=self.schema)

    def prepare_texts(
        self, rows: Iterable[tuple[Optional[bytes], ...]], size: int
    ) -> Generator[pa.RecordBatch, None, None]:
        """The same from rows of the server's texts: a value that cannot be converted rejects its own row."""
        schema = arrow_schema(self._read)
        good: list[list[Any]] = []
        for row in rows:
            try:
                good.append([_convert(column, value) for column, value in zip(self._read, row)])
            except _ConversionError as error:
                shown = {
                    column.name: None if value is None else value.decode("utf-8", "backslashreplace")
                    for column, value in zip(self._read, row)
                }
                self._reject(shown, str(error))
            if len(good) >= size:
                yield self.prepare(_batch(good, schema))
                good = []
        if good:
            yield self.prepare(_batch(good, schema))

    # -- inside -------------------------------------------------------------------------------------------------

    def _stamp_columns(self, rows: int) -> list[pa.Array]:
        stamp = self.stamp.as_dict()
        return [pa.repeat(pa.scalar(stamp[f.name], f.type), rows) for f in arrow_schema(Stamp.columns())]

    def _faults(self, column: Column, values: pa.Array) -> Iterator[tuple[str, pa.Array]]:
        if not column.nullable:
            yield "is NULL", pc.is_null(values)
        if column.type is str and column.length:
            # One cheap look at the batch before any row is looked at.
            longest = pc.max(pc.binary_length(values)).as_py() or 0
            if longest > column.length:
                yield f"is longer than {column.length} bytes", pc.greater(pc.binary_length(values), column.length)
            if _has_nul(values):
                yield "holds a NUL character", pc.match_substring(values, "\x00")
        elif column.type is datetime:
            micros = pc.cast(values, pa.int64())
            yield (
                "is outside the years 1 to 9999",
                pc.or_(pc.less(micros, _OLDEST), pc.greater(micros, _NEWEST)),
            )
        elif column.type is float:
            yield "is not a finite number", pc.invert(pc.is_finite(values))

    def _protect(self, columns: dict[str, pa.Array]) -> None:
        """The hash, the comment's fields, and no more of the text than the privacy mode lets through."""
        texts = columns["query_text"]
        normalized, derived = self._facts.of(texts, normalized=self.query_text == "normalized")
        columns.update(derived)
        columns["query_hash_version"] = pa.repeat(pa.scalar(query_text.HASH_VERSION, pa.int64()), len(texts))
        if self.query_text == "normalized":
            columns["query_text"] = normalized
            columns["error_message"] = query_text.normalize_errors(columns["error_message"])
        elif self.query_text == "none":
            columns["query_text"] = columns["error_message"] = pa.nulls(len(texts), pa.string())

    def _reject_arrow(self, columns: dict[str, pa.Array], mask: pa.Array, reason: str) -> None:
        picked = {
            name: pc.filter(pc.cast(values, pa.int64()) if pa.types.is_timestamp(values.type) else values, mask)
            for name, values in columns.items()
        }
        for row in pa.table(picked).to_pylist():
            for name, values in columns.items():
                if pa.types.is_timestamp(values.type) and row[name] is not None:
                    inside = _OLDEST <= row[name] <= _NEWEST
                    row[name] = str(_EPOCH + timedelta(microseconds=row[name])) if inside else f"{row[name]} µs"
            self._reject(row, reason)

    def _reject(self, row: dict[str, Any], reason: str) -> None:
        shown = {name: value for name, value in row.items() if name not in _PRIVATE}
        text = json.dumps(shown, default=str, ensure_ascii=False).replace("\\u0000", "")
        self.rejected.append(
            {
                **self.stamp.as_dict(),
                "view_name": self.view.view,
                "reason": reason[:1000],
                "row_values": text if len(text.encode()) <= 60_000 else text[:15_000],
            }
        )


def _trimmed(values: pa.Array) -> pa.Array:
    """Texts without the blanks at their end, which a char(n) column is padded with; blanks at the front are data."""
    if not pa.types.is_string(values.type) or not pc.any(pc.ends_with(values, pattern=" ")).as_py():
        return values
    return pc.ascii_rtrim(values, characters=" ")  # bytes: a blank is no part of a longer UTF-8 sequence


def _has_nul(texts: pa.Array) -> bool:
    """Is there a zero byte in any of the texts? One look at the buffer they share, before any row is looked at."""
    data = texts.buffers()[2]
    if data is None or not data.size:
        return False
    return bool(pc.min(pa.Array.from_buffers(pa.uint8(), data.size, [None, data])).as_py() == 0)


class _ConversionError(ValueError):
    pass


def _convert(column: Column, value: Optional[bytes]) -> Any:
    """One value of the server's text as the column's type; a blank number or time is NULL."""
    if value is None:
        return None
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise _ConversionError(f"{column.name} is not UTF-8") from None
    if column.type is str:
        return text
    text = text.strip()
    if not text:
        return None
    try:
        if column.type is int:
            number = int(text) if text.lstrip("+-").isdigit() else round(float(text))
            if not -(2**63) <= number < 2**63:
                raise _ConversionError(f"{column.name} does not fit 64 bits: {text[:40]}")
            return number
        if column.type is float:
            return float(text)
        if column.type is bool:
            return {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}[text.lower()]
        moment = datetime.fromisoformat(_six_digits(text))
        return moment.replace(tzinfo=None)
    except _ConversionError:
        raise
    except (ValueError, KeyError, OverflowError):
        raise _ConversionError(f"{column.name} is no {column.type.__name__}: {text[:40]!r}") from None


def _six_digits(text: str) -> str:
    """Python 3.10 reads fractions of three and six digits only."""
    head, dot, fraction = text.partition(".")
    return f"{head}.{fraction[:6]:0<6}" if dot and fraction.isdigit() else text


def _batch(rows: list[list[Any]], schema: pa.Schema) -> pa.RecordBatch:
    nullable = pa.schema([f.with_nullable(True) for f in schema])
    columns = [pa.array(values, f.type) for values, f in zip(zip(*rows), nullable)]
    return pa.RecordBatch.from_arrays(columns, schema=nullable)
