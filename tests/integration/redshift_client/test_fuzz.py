"""The client against random and mutated answers: the reference decoder's rows or one of our errors, in bounded time and
memory.

``QUPERSYNC_FUZZ`` cases (400 by default; `make soak` has many more).
"""

from __future__ import annotations

import math
import os
import signal
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qupersync.redshift import login, wire
from qupersync.redshift.arrow import batch_of
from qupersync.redshift.messages import Channel, LostError, WireError
from qupersync.redshift.text_rows import text_rows
from tests.support.replayed import ADDRESS, replayed
from tests.support.wire_messages import OIDS, answer, complete, description, error, message, parsed, ready, row
from tests.support.wire_reference import RefusedError, Rejected, Reply, reply_of, shown

CASES = int(os.environ.get("QUPERSYNC_FUZZ", "400"))
SHARE = {"answers": 0.75, "logins": 0.25}
MEMORY = 2_000_000  # bytes beside a multiple of what was received
HANG = 60  # seconds: an endless loop ends the test, a slow machine does not

fuzz = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@contextmanager
def watched(received: int) -> Iterator[None]:
    """Memory is bounded by what was received; an endless loop is ended."""

    def hangs(*_: object) -> None:
        raise AssertionError("an endless loop")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(HANG)
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY + 200 * received
    finally:
        tracemalloc.stop()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """What is imported at first use is no memory of an answer."""
    for text in (True, False):
        said = answer([("c", 25), ("t", 1114)], [(b"x", 8 * b"\0"), (None, None)], 0 if text else 1)
        assert len(read(said, text)) == 2
    with replayed(message("R", struct.pack("!i", 10) + b"SCRAM-SHA-256\0\0")) as session, pytest.raises(LostError):
        login._authenticate(Channel(session._socket), ADDRESS)


# -- answers ----------------------------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(str.encode) | st.binary(max_size=12)
integers = st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63), 2**63 - 946_684_800_000_001]) | st.integers(
    -(2**63), 2**63 - 1
)
VALUES = {
    "bool": st.integers(0, 255).map(lambda n: bytes([n])), "int2": st.binary(min_size=2, max_size=2),
    "int4": st.binary(min_size=4, max_size=4), "int8": integers.map(lambda n: struct.pack("!q", n)),
    "float8": st.floats().map(lambda x: struct.pack("!d", x)), "timestamp": integers.map(lambda n: struct.pack("!q", n)),
    "text": words, "varchar": words, "bpchar": words, "name": words, "numeric": words,
}  # fmt: skip
noise = st.sampled_from([b"", b"", b"", message("N", b"SNOTICE\0\0"), message("S", b"a\0b\0"), message("A", 4 * b"\0")])


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, bool]:
    """An answer that a server could give, and whether its values are texts."""
    kinds = draw(
        st.lists(
            st.sampled_from([name for name in VALUES if name != "numeric"] + ["numeric"] * draw(st.integers(0, 1))),
            min_size=1,
            max_size=6,
        )
    )
    text = draw(st.booleans())
    values = dict(VALUES)
    if draw(st.booleans()):  # as long as its message says, and not as its type is
        values[draw(st.sampled_from(kinds))] = st.binary(max_size=12)
    one = st.tuples(*(st.none() | (words if text else values[kind]) for kind in kinds))
    rows = draw(st.lists(one, max_size=12))
    said = (
        parsed() + draw(noise) + description([(f"c{n}é", OIDS[kind]) for n, kind in enumerate(kinds)], 0 if text else 1)
    )
    for values in rows:
        said += row(*values) + draw(noise)
    if draw(st.integers(0, 9)) == 0:
        said += error(draw(st.sampled_from(["22003", "42501", "57014", "57P01"])), "what went wrong")
    else:
        said += complete(draw(st.sampled_from(["SELECT", f"SELECT {len(rows)}"])))
    return said + draw(noise) + ready(), text


@st.composite
def mutated(draw: st.DrawFn, said: bytes) -> bytes:
    """The bytes with some of them changed, removed, added, doubled or cut off."""
    data = bytearray(said)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        how = draw(st.sampled_from(["set", "flip", "number", "remove", "insert", "double", "cut"]))
        if how == "set" and at < len(data):
            data[at] = draw(st.integers(0, 255))
        elif how == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif how == "number":
            number = draw(st.sampled_from([0, 1, -1, 2, 3, 4, 5, 6, 100, 2**15, 2**20, 2**24, 2**31 - 1, -(2**31)]))
            data[at : at + 4] = struct.pack("!i", number)
        elif how == "remove":
            del data[at : at + draw(st.integers(1, 9))]
        elif how == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=9))
        elif how == "double":
            piece = data[at : at + draw(st.integers(1, 60))]
            data[at:at] = piece
        elif how == "cut" and draw(st.booleans()):
            del data[at:]
    return bytes(data)


def read(said: bytes, text: bool) -> Any:
    """Rows as lists, as the client has them."""
    found: list[list[Any]] = []
    with replayed(said) as session:
        for piece in session.rows("select", text=text):
            if text:
                found += [list(values) for values in text_rows(piece)]
                continue
            batch = batch_of(piece)
            columns = [
                column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in batch.columns
            ]
            found += [list(values) for values in zip(*(column.to_pylist() for column in columns))]
    return found


def same(ours: list[list[Any]], reply: Reply) -> bool:
    def equal(oid: int, a: Any, b: Any) -> bool:
        a = shown(oid, a)
        return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))

    return len(ours) == len(reply.rows) and all(
        len(row) == len(expected) and all(equal(oid, a, b) for (_, oid), a, b in zip(reply.columns, row, expected))
        for row, expected in zip(ours, reply.rows)
    )


def compare(said: bytes, text: bool, piece: int) -> str:
    """What came of it: the outcome of both decoders, which agree."""
    expected: Optional[Reply] = None
    verdict = "rows"
    try:
        expected = reply_of(said, text)
    except RefusedError:
        verdict = "refused"
    except Rejected:
        verdict = "error"
    with pytest.MonkeyPatch.context() as patch, watched(len(said)):
        patch.setattr(wire, "PIECE", piece)
        try:
            ours = read(said, text)
        except (WireError, LostError):
            # Rows that cannot be may come before the server's error, and are not looked at any more.
            assert verdict != "rows"
        else:
            assert verdict == "rows"
            assert expected is not None
            assert same(ours, expected), (ours, expected)
    return verdict


@settings(fuzz, max_examples=int(CASES * SHARE["answers"]))
@given(data=st.data(), piece=st.sampled_from([16, 64, 1000, 1 << 16]))
def test_answers(data: st.DataObject, piece: int) -> None:
    said, text = data.draw(answers())
    compare(data.draw(mutated(said)), text, piece)


def test_unmutated_answers_are_rows() -> None:
    """The generator makes answers: what is compared above is not refusals only."""
    verdicts: list[str] = []

    @settings(fuzz, max_examples=150, database=None, derandomize=True)
    @given(case=answers())
    def run(case: tuple[bytes, bool]) -> None:
        verdicts.append(compare(*case, 1 << 16))

    run()
    assert verdicts.count("rows") > 20
    assert set(verdicts) >= {"rows", "error"}


# -- logins -----------------------------------------------------------------------------------------------------------

requests = st.builds(
    lambda method, data: message("R", struct.pack("!i", method) + data),
    st.sampled_from([0, 3, 5, 10, 11, 12, 13, 14, 7, -1]),
    st.sampled_from(
        [b"", 4 * b"\1", b"SCRAM-SHA-256\0\0", b"r=x,s=QUJD,i=4096", b"r=x,s=QUJD,i=99999999999", b"v=AAAA"]
    )
    | st.binary(max_size=20),
)
others = st.sampled_from(
    [message("K", 8 * b"\1"), ready(), message("S", b"a\0b\0"), error("28000", "no"), message("v", 8 * b"\0")]
)


@st.composite
def conversations(draw: st.DrawFn) -> bytes:
    said = b"".join(draw(st.lists(requests | others, max_size=8)))
    return draw(mutated(said + draw(st.sampled_from([b"", message("R", 4 * b"\0") + ready()]))))


@settings(fuzz, max_examples=int(CASES * SHARE["logins"]))
@given(said=conversations())
@example(said=message("R", 8 * b"\0") + message("Z", b"I"))
def test_logins(said: bytes) -> None:
    """A login ends with a session, after the server has accepted, or with one of our errors."""
    with replayed(said) as session, watched(len(said)):
        channel = Channel(session._socket)
        try:
            login._authenticate(channel, ADDRESS)
        except (WireError, LostError):
            return
        assert message("R", 4 * b"\0") in said
