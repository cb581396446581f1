"""Frames of messages, descriptions of columns, and the server's errors."""

from __future__ import annotations

import struct

import pytest

from qupersync.redshift.messages import MESSAGE_LIMIT, ProtocolError, ServerError, fields_of
from tests.support.replayed import replayed
from tests.support.wire_messages import answer, complete, description, error, message, parsed, ready, row

TWO = [("n", 20), ("s", 25)]
NUMBER = struct.pack("!q", 5)


def body(fields: list[tuple[str, int]], form: int = 1) -> bytes:
    return description(fields, form)[5:]


def test_fields_of_a_description() -> None:
    assert fields_of(body(TWO), text=False) == (("n", 20), ("s", 25))
    assert fields_of(body(TWO, 0), text=True) == (("n", 20), ("s", 25))
    assert fields_of(body([]), text=True) == ()


@pytest.mark.parametrize(("form", "text"), [(0, False), (1, True), (2, False), (-1, True)])
def test_format_that_was_not_asked_for(form: int, text: bool) -> None:
    with pytest.raises(ProtocolError, match=f"column n came in format {form}"):
        fields_of(body(TWO, form), text)


@pytest.mark.parametrize(
    "broken",
    [b"", b"\0", body(TWO)[:-1], body(TWO) + b"\0", b"\xff\xff", b"\x7f\xff", b"\0\1n", b"\0\1\xff\0" + 18 * b"\0"],
)
def test_description_that_cannot_be_read(broken: bytes) -> None:
    with pytest.raises(ProtocolError):
        fields_of(broken, text=False)


def test_text_answer_to_a_binary_request_is_no_rows() -> None:
    """A text of eight bytes was decoded as a number once, without an error."""
    with replayed(answer([("n", 20)], [(b"12345678",)], form=0)) as session:
        with pytest.raises(ProtocolError, match="column n came in format 0"):
            list(session.rows("select n"))
        assert session.closed


@pytest.mark.parametrize("length", [-(2**31), -1, 0, 3, MESSAGE_LIMIT + 1, 2**31 - 1])
@pytest.mark.parametrize("kind", ["D", "N", "C"])
@pytest.mark.parametrize("rows_before", [0, 3])
def test_length_of_a_message_that_cannot_be(length: int, kind: str, rows_before: int) -> None:
    """A length of 0 was an endless loop once."""
    begin = parsed() + description(TWO) + rows_before * row(NUMBER, b"x")
    if kind == "D" and length == MESSAGE_LIMIT + 1:
        length = 2**30
    with replayed(begin + kind.encode() + struct.pack("!i", length) + 100 * b"\0") as session:
        with pytest.raises(ProtocolError, match=f"a message of {length} bytes"):
            list(session.rows("select n, s"))
        assert session.closed
    with replayed(kind.encode() + struct.pack("!i", length) + 100 * b"\0") as session:
        with pytest.raises(ProtocolError):
            session.execute("set a to b")
        assert session.closed


@pytest.mark.parametrize(
    "said",
    [
        parsed() + row(NUMBER, b"x") + complete() + ready(),  # rows without a description
        parsed() + description(TWO) + row(NUMBER, b"x") + ready(),  # the end before the end
        parsed() + description(TWO) + complete() + row(NUMBER, b"x") + ready(),  # a row after the end
        parsed() + description(TWO) + row(NUMBER, b"x") + description(TWO) + complete() + ready(),
        parsed() + description(TWO) + row(NUMBER, b"x") + message("s") + ready(),  # suspended: rows are missing
        parsed() + description(TWO) + message("?") + complete() + ready(),
        parsed() + description(TWO) + row(NUMBER, b"x") + complete() + complete() + ready(),
    ],
)
def test_answer_out_of_order(said: bytes) -> None:
    with replayed(said) as session:
        with pytest.raises(ProtocolError):
            list(session.rows("select n, s"))
        assert session.closed


def test_answer_without_a_description_of_its_columns() -> None:
    with replayed(parsed() + ready()) as session, pytest.raises(ProtocolError, match="before it was complete"):
        session.describe("select n")
    with replayed(ready()) as session, pytest.raises(ProtocolError, match="before it was complete"):
        session.execute("set a to b")


def test_server_error_keeps_state_and_severity() -> None:
    with replayed(error("42501", "permission denied for relation stl_vacuum") + ready() + answer(TWO, [])) as session:
        with pytest.raises(ServerError, match="permission denied for relation stl_vacuum") as caught:
            list(session.rows("select"))
        assert (caught.value.sqlstate, caught.value.severity) == ("42501", "ERROR")
        assert not session.closed
        assert list(session.rows("select n, s")) == []


def test_last_words_of_a_server_that_hangs_up() -> None:
    goodbye = error("57P01", "terminating connection due to administrator command", "FATAL")
    for before in (b"", parsed() + description(TWO) + row(NUMBER, b"x")):
        with replayed(before + goodbye) as session:
            with pytest.raises(ServerError, match="terminating connection") as caught:
                list(session.rows("select n, s"))
            assert (caught.value.sqlstate, caught.value.severity) == ("57P01", "FATAL")
            assert session.closed


@pytest.mark.parametrize("broken", [b"", b"\0", b"M", b"C42", b"\xff\xfe\0\0", b"M\xc3\xa9\xff\0C\0\0"])
def test_server_error_of_any_bytes(broken: bytes) -> None:
    assert str(ServerError.of(broken))


def test_server_error_cannot_write_to_the_terminal() -> None:
    assert str(ServerError.of(b"Mred \x1b[31m\0C22000\0\0")) == "red �[31m"
    assert len(str(ServerError.of(b"M" + 10**5 * b"x" + b"\0\0"))) == 2000
