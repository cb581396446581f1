"""Normalizing query texts: its traps, and that no literal passes."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qupersync.sync.query_text import TextFacts, comment_fields, hashes, normalize, normalize_errors


def normal(text: str) -> str:
    return str(normalize(pa.array([text])).to_pylist()[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT  a,\n\t b FROM T;", "select a, b from t"),
        ("select * from t where a = 'x' and b = 1.5e3", "select * from t where a = ? and b = ?"),
        # Redshift stores a newline as two characters: a comment ends there, not at the end of the text
        (r"-- hello\nselect 1 -- bye\nfrom t", "select ? from t"),
        ("select 1 -- real newline\nfrom t", "select ? from t"),
        # a quote within a string: doubled, or after a backslash
        (r"select 'it\'s', 'it''s' from t", "select ?, ? from t"),
        # a text that is cut in the middle of a literal, a comment, an identifier, after a backslash
        ("select * from t where a = 'secr", "select * from t where a = ?"),
        ("select 1 /* and then", "select ?"),
        ('select "Cut', 'select "Cut'),
        ("select 'a\\", "select ?"),
        ("select $$it's$$, $tag$ $$ it's $tag$ from t", "select ?, ? from t"),
        ("/* a /* nested */ it's */ select 'secret'", "select ?"),
        ("select '--', '/*' from t -- it's", "select ?, ? from t"),
        ('select "A--b", "it\'s" from T', 'select "A--b", "it\'s" from t'),
        ("select * from t where a in (1, 2,3) and b IN ('x')", "select * from t where a in (?) and b in (?)"),
        ("select * from t where a in (1, 2, 'cut", "select * from t where a in (?)"),
        ("select t1.c2, a_3 from s3.t4 where x > .5", "select t1.c2, a_3 from s3.t4 where x > ?"),
        ("select a/**/b", "select a b"),
        ("", ""),
    ],
)
def test_normal_form(text: str, expected: str) -> None:
    assert normal(text) == expected


def test_null_hashes_as_empty_text() -> None:
    assert normalize(pa.array([None, "select 1"], pa.string())).to_pylist() == [None, "select ?"]
    assert hashes(pa.array([None], pa.string())).to_pylist() == [hashlib.md5(b"").hexdigest()]
    assert hashes(normalize(pa.array(["select 1"]))).to_pylist() == [hashlib.md5(b"select ?").hexdigest()]


def test_comment_fields() -> None:
    texts = pa.array(
        [
            '/* {"app": "dbt", "node_id": "model.shop.orders", "invocation_id": "i-1"} */ select 1',
            'select 1 /* {"app": "dbt", "target_name": "prod", "node_id": "test.x"} */',
            'select \'{"app": "no comment"}\'',
            None,
        ]
    )
    found = comment_fields(texts)
    assert found["app"].to_pylist() == ["dbt", "dbt", None, None]
    assert found["dbt_node_id"].to_pylist() == ["model.shop.orders", "test.x", None, None]
    assert found["dbt_invocation_id"].to_pylist() == ["i-1", None, None, None]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('relation "staging.tmp" does not exist', 'relation "staging.tmp" does not exist'),
        ('invalid input syntax for integer: "secret"', "invalid input syntax for integer: ?"),
        ("Invalid digit, Value 'c', Pos 0, Type: Integer", "Invalid digit, Value ?, Pos ?, Type: Integer"),
        ("duplicate key (email)=(a@b.c) found", "duplicate key (email)? found"),
        ('date/time field value out of range: "2024-13-', "date/time field value out of range: ?"),
    ],
)
def test_error_messages(message: str, expected: str) -> None:
    assert normalize_errors(pa.array([message])).to_pylist() == [expected]


CANARY = "KANARI"
_words = st.sampled_from(
    ["select", "from", '"Quoted Col"', "t1", ",", "(", ")", "=", "in", "\\n", " ", "\n", "/* c */", "-- c\\n"]
)
_literal = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="'\\\x00"), max_size=8).map(lambda s: f"'{s}{CANARY}{s}'"),
    st.just(f"'it\\'s {CANARY}'"),
    st.just(f"'it''s {CANARY}'"),
    st.just(f"$${CANARY} it's$$"),
    st.just(f"$q${CANARY} it's $$ $q$"),
    st.just(f"'-- {CANARY}'"),
    st.just(f"'/* {CANARY}'"),
    st.just(f"/* a /* {CANARY} */ '{CANARY} */"),
)


@given(st.lists(st.one_of(_words, _literal), max_size=12), st.integers(0, 400))
@settings(max_examples=400, deadline=None)
def test_no_literal_passes_in_cut_text(parts: list[str], cut: int) -> None:
    text = " ".join(parts)[:cut]
    assert CANARY.lower() not in normal(text).lower()
    assert CANARY[:4].lower() not in normal(text).lower()


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_and_white_space(text: str) -> None:
    assert normalize(pa.array([text])).null_count == 0
    assert normal("select a from t where b = 'x'") == normal("select  a\\nfrom t\n where b =  'x'")


_PIECES = st.sampled_from(
    ["select 1", "-- job 5\n", r"-- job\n", "/* {\"app\": \"dbt\", \"node_id\": \"model.a\"} */", "'x'", '"Aa"', "/*", "*/", "--", " ",
     "\n", "in (1, 2)", "$$a$$", "$t$ b $t$", "é", "\\n", "SELECT"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.lists(_PIECES, max_size=6).map("".join)), max_size=8), max_size=4))
def test_cached_facts_equal_fresh_ones(batches: list[list[str | None]]) -> None:
    facts = TextFacts()
    for batch in batches:
        texts = pa.array(batch, pa.string())
        normalized, derived = facts.of(texts)
        assert normalized is not None
        assert normalized.equals(normalize(texts))
        assert derived["query_hash"].equals(hashes(normalized))
        for name, values in comment_fields(texts).items():
            # what stands in a line comment in front is no comment of the statement
            pairs = zip(values.to_pylist(), derived[name].to_pylist(), batch)
            assert all(
                mine == found for found, mine, text in pairs if not (text or "").lstrip().startswith(("--", "\\n"))
            )


def test_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TextFacts, "REMEMBERED", 100)
    facts = TextFacts()
    for n in range(50):
        _, derived = facts.of(pa.array([f"select a{n} from t", "select b from t"]))
        assert derived["query_hash"].equals(hashes(normalize(pa.array([f"select a{n} from t", "select b from t"]))))
        assert sum(map(len, facts._known)) <= 100 + 40
