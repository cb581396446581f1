"""Error messages are grouped by what they say: values, names, ids and numbers do not count, in each privacy mode."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qupersync.sync.query_text import normalize_errors
from qupersync.warehouse.server import EmbeddedServer
from tests.support.called_macros import Macros

# Messages of Redshift, and the group of each.
TEMPLATES = {
    'relation "{name}" does not exist': "relation ? does not exist",
    'column "{name}" does not exist in {name}': "column ? does not exist in t?",
    "Invalid digit, Value '{value}', Pos {number}, Type: Integer": "Invalid digit, Value ?, Pos ?, Type: Integer",
    'duplicate key value violates unique constraint "{name}" Detail: Key (id)=({value}) already exists.': (
        "duplicate key value violates unique constraint ? Detail: Key (id)? already exists."
    ),
    "Query ({number}) cancelled by WLM abort action of Query Monitoring Rule \"{name}\".": (
        "Query (?) cancelled by WLM abort action of Query Monitoring Rule ?."
    ),
    "1023 DETAIL: Serializable isolation violation on table - {number}, transactions forming the cycle are: {number}, {number}": (
        "? DETAIL: Serializable isolation violation on table - ?, transactions forming the cycle are: ?"
    ),
    "S3ServiceException: Access Denied, Status {number}, Rid {hex}, ExtRid {uuid}": (
        "S?ServiceException: Access Denied, Status ?, Rid ?, ExtRid ?"
    ),
    "could not complete, node {uuid} at 0x{hex}": "could not complete, node ? at ?",
    "division by zero": "division by zero",
}  # fmt: skip
SECRET = "kanari"
words = st.text(st.sampled_from("ghijkl _.-%?"), max_size=8).map(lambda text: SECRET + text)
VALUES = {
    "name": st.integers(0, 999).map(lambda n: f"t{n}"),
    "value": words | st.integers(0, 10**12).map(str) | words.map(lambda text: f"it''s {text}"),
    "number": st.integers(0, 10**15).map(str) | st.dates().map(str) | st.decimals(0, 999, places=3).map(str),
    "hex": st.text(st.sampled_from("0123456789ABCDEFabcdef"), min_size=16, max_size=20),
    "uuid": st.uuids().map(str),
}


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, str]:
    """A message and its group."""
    template, group = draw(st.sampled_from(sorted(TEMPLATES.items())))
    return re.sub(r"\{(\w+)\}", lambda field: draw(VALUES[field[1]]), template), group


@pytest.fixture(scope="module")
def grouped(server: EmbeddedServer) -> Callable[[list[str]], list[str]]:
    """The macro, evaluated by PostgreSQL."""
    import psycopg2

    connection = psycopg2.connect(server.url("postgres"))
    expression = Macros("postgres")("error_pattern", "message").replace("%", "%%")

    def evaluate(texts: list[str]) -> list[str]:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                f"select {expression} from unnest(%s) with ordinality as t (message, n) order by n", (texts,)
            )
            return [row[0] for row in cursor.fetchall()]

    return evaluate


@settings(
    max_examples=200, deadline=None, database=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(st.lists(messages(), min_size=1, max_size=20))
def test_a_group_is_what_the_message_says(
    grouped: Callable[[list[str]], list[str]], drawn: list[tuple[str, str]]
) -> None:
    texts, groups = [text for text, _ in drawn], [group for _, group in drawn]
    found = grouped(texts)
    assert found == groups
    assert SECRET not in " ".join(found)
    assert grouped(found) == found, "a group is its own group"
    normalized = normalize_errors(pa.array(texts, pa.string())).to_pylist()  # as the sync stages them by default
    assert grouped(normalized) == groups
