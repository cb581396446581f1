"""Redshift's ``COPY table FROM 's3://…'``: files of a fake S3 as rows for PostgreSQL's ``COPY … FROM STDIN``.

AWS, "COPY from columnar data formats": the columns of a Parquet file go into the table's columns by position, their numbers
must match, and so must their types; names are not looked at. JSON 'auto' goes by name.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    import pyarrow as pa

    from .fake_s3 import FakeS3

_COPY = re.compile(
    r"""^\s*copy\s+(?P<table>(?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)\s*(?:\((?P<columns>[^)]*)\)\s*)?
    from\s+'s3://(?P<bucket>[^/']+)/(?P<prefix>[^']+)'\s*(?P<options>.*?);?\s*$""",
    re.I | re.S | re.X,
)
_KEYS = re.compile(r"credentials\s+'aws_access_key_id=([^;]+);aws_secret_access_key=([^;']+)(?:;token=[^']+)?'", re.I)
# What dlt writes; anything else is refused, never skipped.
_OPTIONS = re.compile(
    r"""^(?:\s|(?:format\s+(?:as\s+)?)?parquet\b|(?:format\s+(?:as\s+)?)?json\s+'auto'|dateformat\s+'auto'|timeformat\s+'auto'
    |gzip\b|region\s+'[^']*'|maxerror\s+0\b|compupdate\s+\w+|statupdate\s+\w+)*$""",
    re.I | re.X,
)


class CopyError(Exception):
    """The COPY fails as Redshift lets it fail: SQLSTATE, message and detail."""

    def __init__(self, message: str, detail: str = "", sqlstate: str = "XX000") -> None:
        super().__init__(message)
        self.sqlstate, self.message, self.detail = sqlstate, message, detail


@dataclass(frozen=True)
class Column:
    """A column of the target table: its type as ``format_type`` writes it."""

    name: str
    type: str


@dataclass(frozen=True)
class Copy:
    """A parsed COPY statement."""

    table: str  # as written, quoted
    columns: Optional[tuple[str, ...]]
    bucket: str
    prefix: str
    options: str

    @property
    def is_parquet(self) -> bool:
        """Parquet, or JSON?"""
        return re.search(r"\bparquet\b", self.options, re.I) is not None

    def statement(self, columns: Iterable[Column]) -> str:
        """PostgreSQL's COPY that takes :func:`rows`."""
        names = ", ".join('"' + column.name.replace('"', '""') + '"' for column in columns)
        return f"copy {self.table} ({names}) from stdin (format csv, null '\\N')"


def parse(sql: str) -> Optional[Copy]:
    """The COPY from S3 that a statement is; None for another one."""
    found = _COPY.match(sql)
    if found is None:
        return None
    columns = found["columns"]
    names = tuple(name.strip().strip('"') for name in columns.split(",")) if columns else None
    return Copy(found["table"], names, found["bucket"], found["prefix"], found["options"])


def authorize(copy: Copy, s3: FakeS3) -> None:
    """Errors: CopyError for options that nobody implemented, or credentials that are not those of the bucket's owner."""
    keys = _KEYS.search(copy.options)
    rest = _KEYS.sub(" ", copy.options)
    if not _OPTIONS.match(rest):
        raise CopyError(f"the emulator does not know these options of COPY: {' '.join(rest.split())}", sqlstate="0A000")
    if keys is None:
        raise CopyError("COPY needs credentials: CREDENTIALS or IAM_ROLE", sqlstate="0A000")
    if keys.groups() != (s3.access_key, s3.secret_key):
        raise CopyError(
            "S3ServiceException:The AWS Access Key Id you provided does not exist in our records.", "Status 403"
        )


def rows(copy: Copy, table: list[Column], s3: FakeS3) -> tuple[list[Column], bytes]:
    """The columns that are filled, and all rows of all files under the prefix as CSV. Errors: CopyError."""
    authorize(copy, s3)
    target = _target(copy, table)
    keys = s3.keys(copy.bucket, copy.prefix)
    if not keys:
        raise CopyError(f"The specified S3 prefix '{copy.prefix}' does not exist", "Location: s3_utility.cpp")
    lines: list[str] = []
    for key in keys:
        name = f"s3://{copy.bucket}/{key}"
        data = s3.get(copy.bucket, key)
        for row in _parquet(data, target, name) if copy.is_parquet else _json(data, target, copy.options):
            lines.append(_line(row, target))
    return target, "".join(lines).encode("utf-8")


def _target(copy: Copy, table: list[Column]) -> list[Column]:
    if copy.columns is None:
        return table
    by_name = {column.name: column for column in table}
    missing = [name for name in copy.columns if name not in by_name]
    if missing:
        raise CopyError(f'column "{missing[0]}" of relation {copy.table} does not exist', sqlstate="42703")
    return [by_name[name] for name in copy.columns]


def _line(row: list[Any], target: list[Column]) -> str:
    """One row of CSV. Values are quoted and NULL is not: so PostgreSQL tells them apart."""
    fields = []
    for value, column in zip(row, target):
        fields.append("\\N" if value is None else '"' + _text(value, column).replace('"', '""') + '"')
    return ",".join(fields) + "\n"


def _text(value: Any, column: Column) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    if limit := re.fullmatch(r"character varying\((\d+)\)", column.type):
        size = len(text.encode("utf-8"))
        if size > int(limit[1]):  # bytes, where PostgreSQL counts characters
            raise CopyError(
                "Spectrum Scan Error",
                f"The length of the data column {column.name} is longer than the length defined in the table. "
                f"Table: {limit[1]}, Data: {size}",
            )
    return text


# -- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet(data: bytes, target: list[Column], name: str) -> Iterator[list[Any]]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(data))
    fields = list(file.schema_arrow)
    if len(fields) != len(target):
        raise CopyError(
            "Spectrum Scan Error",
            f"error: Spectrum Scan Error code: 15007 context: Unmatched number of columns between table and file. "
            f"Table columns: {len(target)}, Data columns: {len(fields)}, File name: {name}",
        )
    for field, column in zip(fields, target):
        if not _fits(field.type, column.type):
            raise CopyError(
                "Spectrum Scan Error",
                f"error: Spectrum Scan Error code: 15007 context: File '{name}' has an incompatible Parquet schema for column "
                f"'{column.name}'. Column type: {column.type.upper()}, Parquet schema: optional {field.type} {field.name}",
            )
    for batch in file.iter_batches():
        yield from (list(row) for row in zip(*(values.to_pylist() for values in batch.columns)))


def _fits(arrow: pa.DataType, column: str) -> bool:
    """Does a Parquet column of this type load into a column of that type? Widths must be the same."""
    from pyarrow import types

    column = re.sub(r"^timestamp\(\d\)", "timestamp", column)
    if column.startswith("character") or column == "text":
        return bool(types.is_string(arrow) or types.is_large_string(arrow))
    if found := re.fullmatch(r"numeric\((\d+),(\d+)\)", column):
        return bool(types.is_decimal(arrow)) and (arrow.precision, arrow.scale) == (int(found[1]), int(found[2]))
    test = {
        "bigint": types.is_int64,
        "integer": types.is_int32,
        "smallint": lambda found: types.is_int16(found) or types.is_int8(found),
        "double precision": types.is_float64,
        "real": types.is_float32,
        "boolean": types.is_boolean,
        "date": types.is_date32,
        "timestamp without time zone": lambda found: types.is_timestamp(found) and found.tz is None,
        "timestamp with time zone": lambda found: types.is_timestamp(found) and found.tz is not None,
    }.get(column)
    return bool(test and test(arrow))


# -- JSON ------------------------------------------------------------------------------------------------------------


def _json(data: bytes, target: list[Column], options: str) -> Iterator[list[Any]]:
    if re.search(r"\bgzip\b", options, re.I):
        data = gzip.decompress(data)
    for line in data.decode("utf-8").splitlines():
        if line.strip():
            values = json.loads(line)
            yield [values.get(column.name) for column in target]  # a name that the table lacks is skipped
