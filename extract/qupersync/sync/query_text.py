"""The normalized text of a query: what its hash is made from, and what leaves the extraction step by default.

Comments go, literals and numbers become ``?``, IN-lists of literals fold to ``(?)``, white space folds to one blank,
and case folds outside quoted identifiers. All of it runs over Arrow arrays in RE2 (linear time, no backtracking).

RE2 replaces with one template for all alternatives of a pattern; hence the passes: a token to keep is a group that the
template repeats, and what the template adds behind it the next pass takes away.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final, Optional

import pyarrow as pa
import pyarrow.compute as pc

HASH_VERSION: Final = 1
_HASH_OF_NOTHING: Final = hashlib.md5(b"", usedforsecurity=False).hexdigest()

# A text may be cut anywhere (Redshift cuts at 4,000 characters): each of these also ends at the end of the text.
_IDENTIFIER = r'"(?:[^"]|"")*(?:"|$)'
_STRING = r"'(?:[^'\\]|\\.|'')*(?:'|\\?$)"  # Redshift takes '' and \' for a quote within
_DOLLAR = r"\$\$(?:[^$]|\$[^$])*(?:\$\$|\$?$)"
# Redshift stores a newline as the two characters \n: a -- comment ends there.
_LINE_COMMENT = r"--(?:[^\n\r\\]|\\[^nr\n\r])*(?:\\[nr]|\\?[\n\r]|\\?$)"
_BLOCK_COMMENT = r"/\*(?:[^*]|\*+[^*/])*(?:\*+/|\**$)"
_NUMBER = r"\b[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?\b|\.[0-9]+(?:[eE][-+]?[0-9]+)?\b"

# 1. comments → one blank; kept tokens get one blank behind them
_COMMENTS = f"(?s)({_IDENTIFIER}|{_STRING}|{_DOLLAR})|{_LINE_COMMENT}|{_BLOCK_COMMENT}"
# 0. comments before the statement, where jobs write what differs from run to run: they go first
_LEADING = rf"(?s)\A(?:\s|\\[nrt]|{_LINE_COMMENT}|{_BLOCK_COMMENT})+"
_LEADING_LINES = rf"(?s)\A(?:\s|\\[nrt]|{_LINE_COMMENT})+"
# 2. literals (with that blank) and numbers → ?; identifiers get a ? behind them
_LITERALS = f"(?s)({_IDENTIFIER}) |(?:{_STRING}) ?|(?:{_DOLLAR}) ?|{_NUMBER}"
# 3. … which goes again
_MARKED_IDENTIFIER = r'(?s)("(?:[^"]|"")*(?:"|$))\?'
# 4. white space, written or as the two characters \n, \r, \t
_SPACE = r"(?:\s|\\[nrt])+"
# 5. IN-lists
_IN_LIST = r"(?i)\bin ?\( ?[-+]?\?(?: ?, ?[-+]?\?)*(?: ?,)? ?(?:\)|$)"

# Nested comments, tagged dollar quotes: two patterns, in one RE2 takes three times as long.
_NEEDS_TOKENS = (r"(?s)/\*(?:[^*]|\*+[^*/])*?/\*", r"\$[A-Za-z_]\w*\$")
_QUOTED_UPPERCASE = r'"[^"]*[A-Z]'

_TOKENS = re.compile(
    r"""(?P<keep>"(?:[^"]|"")*(?:"|\Z)|'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)|\$\$.*?(?:\$\$|\Z))
      |(?P<line>--(?:[^\n\r\\]|\\[^nr])*)
      |(?P<block>/\*)
      |(?P<tagged>\$(?P<tag>[A-Za-z_]\w*)\$.*?(?:\$(?P=tag)\$|\Z))""",
    re.S | re.X,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")


def _without_rare_syntax(text: str) -> str:
    """Comments (nested ones too) as a blank and tagged dollar quotes as a string, which RE2 cannot match."""
    out, at = [], 0
    while match := _TOKENS.search(text, at):
        out.append(text[at : match.start()])
        at = match.end()
        if match["keep"]:
            out.append(match[0])
        elif match["tagged"]:
            out.append("''")
        else:
            out.append(" ")
            depth = 1 if match["block"] else 0
            while depth:
                edge = _BLOCK_EDGE.search(text, at)
                if edge is None:
                    return "".join(out)
                depth += 1 if edge[0] == "/*" else -1
                at = edge.end()
    return "".join([*out, text[at:]])


def _rewrite_some(texts: pa.Array, chosen: pa.Array, rewrite: object) -> pa.Array:
    """Apply a Python function to the chosen texts only."""
    if not pc.any(chosen).as_py():
        return texts
    picked = pc.filter(texts, chosen).to_pylist()
    done = pa.array([rewrite(text) for text in picked], texts.type)  # type: ignore[operator]
    return pc.replace_with_mask(texts, chosen, done)


def _lower_outside_quotes(text: str) -> str:
    return '"'.join(part if i % 2 else part.lower() for i, part in enumerate(text.split('"')))


def _replace(texts: pa.Array, pattern: str, replacement: str) -> pa.Array:
    return pc.replace_substring_regex(texts, pattern=pattern, replacement=replacement)


def _normalize_distinct(texts: pa.Array) -> pa.Array:
    rare = pc.or_(*(pc.match_substring_regex(texts, pattern) for pattern in _NEEDS_TOKENS))
    texts = _rewrite_some(texts, rare, _without_rare_syntax)
    return _over_distinct(_replace(texts, _LEADING, ""), _without_comments)


def _without_comments(texts: pa.Array) -> pa.Array:
    texts = _replace(texts, _COMMENTS, r"\1 ")
    # Jobs that differ in a comment or in values only are one from here on: each pass has fewer texts left.
    return _over_distinct(texts, _without_literals)


def _without_literals(texts: pa.Array) -> pa.Array:
    return _over_distinct(_replace(texts, _LITERALS, r"\1?"), _folded)


def _folded(texts: pa.Array) -> pa.Array:
    texts = _replace(texts, _MARKED_IDENTIFIER, r"\1")
    texts = _replace(texts, _SPACE, " ")
    texts = _replace(texts, _IN_LIST, "in (?)")
    lowered = pc.utf8_lower(texts)
    mixed = pc.match_substring_regex(texts, _QUOTED_UPPERCASE)
    if pc.any(mixed).as_py():
        kept = pa.array([_lower_outside_quotes(text) for text in pc.filter(texts, mixed).to_pylist()], texts.type)
        lowered = pc.replace_with_mask(lowered, mixed, kept)
    return pc.utf8_rtrim(pc.utf8_trim_whitespace(lowered), characters="; ")


def _over_distinct(texts: pa.Array, function: object) -> pa.Array:
    """A function of each text, computed once for each distinct one."""
    encoded = texts.dictionary_encode()
    return pc.take(function(encoded.dictionary), encoded.indices)  # type: ignore[operator]


def normalize(texts: pa.Array) -> pa.Array:
    """Normalized texts of an array of strings; NULL stays NULL."""
    return _over_distinct(pc.cast(texts, pa.string()), _normalize_distinct)


def hashes(normalized: pa.Array) -> pa.Array:
    """MD5 (hex) of normalized texts; NULL hashes as the empty text."""

    def md5(texts: pa.Array) -> pa.Array:
        return pa.array(
            [hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest() for text in texts.to_pylist()],
            pa.string(),
        )

    return _over_distinct(pc.fill_null(normalized, ""), md5)


# -- error messages --------------------------------------------------------------------------------------------------

# Names of things may stay, what else stands in quotes may be a value.
_NAMED = r"(?i)(\b(?:relation|table|view|schema|database|column|function|user|group|role|library|procedure) "
_ERROR_QUOTES = _NAMED + r'"[^"]*")|"[^"]*(?:"|$)'
_ERROR_MARKED = _NAMED + r'"[^"]*")\?'
_ERROR_VALUES = rf"(?s){_STRING}|=\s*\([^)]*(?:\)|$)|{_NUMBER}"


def normalize_errors(messages: pa.Array) -> pa.Array:
    """Error messages without the values they quote; names of tables, columns and the like stay."""
    messages = _replace(pc.cast(messages, pa.string()), _ERROR_QUOTES, r"\1?")
    messages = _replace(messages, _ERROR_MARKED, r"\1")
    return _replace(messages, _ERROR_VALUES, "?")


# -- the query comment -----------------------------------------------------------------------------------------------

_COMMENT_FIELDS = {"app": "app", "dbt_node_id": "node_id", "dbt_invocation_id": "invocation_id"}
_JSON_COMMENT = r"(?s)/\*\s*\{(?P<comment>(?:[^*]|\*+[^*/])*)"  # up to its end, or where the text was cut


def comment_fields(texts: pa.Array) -> dict[str, pa.Array]:
    """``app``, ``dbt_node_id`` and ``dbt_invocation_id`` out of the first JSON comment, such as dbt's; NULL without."""
    texts = pc.cast(texts, pa.string())
    has_comment = pc.fill_null(pc.match_substring_regex(texts, r"/\*\s*\{"), False)
    nothing = pa.nulls(len(texts), pa.string())
    if not pc.any(has_comment).as_py():
        return dict.fromkeys(_COMMENT_FIELDS, nothing)
    # The comment alone, and each one once: a run of dbt writes the same ones again and again.
    comments = pc.struct_field(pc.extract_regex(pc.filter(texts, has_comment), pattern=_JSON_COMMENT), "comment")
    encoded = comments.dictionary_encode()
    made = {}
    for name, key in _COMMENT_FIELDS.items():
        # A value is at most an identifier's length.
        found = pc.extract_regex(encoded.dictionary, pattern=rf'(?s)"{key}"\s*:\s*"(?P<value>[^"\\]{{1,200}})"')
        values = pc.take(pc.struct_field(found, "value"), encoded.indices)
        made[name] = pc.replace_with_mask(nothing, has_comment, values)
    return made


# -- all that staging derives from a text ----------------------------------------------------------------------------


class TextFacts:
    """The normalized text, the hash and the comment's fields of query texts; remembers those of the newest texts.

    Jobs write what differs from run to run into a line comment in front: behind it the same few texts come back, batch
    after batch.
    """

    REMEMBERED = 16_000_000  # characters

    def __init__(self) -> None:
        self._known: dict[str, tuple[Optional[str], ...]] = {}
        self._size = 0

    def of(self, texts: pa.Array, normalized: bool = True) -> tuple[Optional[pa.Array], dict[str, pa.Array]]:
        """Normalized texts where they are wanted, and the derived columns by name, all as long as ``texts``."""
        encoded = _replace(pc.cast(texts, pa.string()), _LEADING_LINES, "").dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        facts = [self._known.get(text) for text in distinct]
        missing = [i for i, known in enumerate(facts) if known is None]
        if missing:
            for i, made in zip(missing, self._make(pc.take(encoded.dictionary, pa.array(missing)))):
                facts[i] = made
            self._remember({distinct[i]: facts[i] for i in missing})
        names = ("normalized", "query_hash", *_COMMENT_FIELDS)
        by_name = dict(zip(names, zip(*facts))) if facts else dict.fromkeys(names, ())
        columns = {
            name: pc.take(pa.array(values, pa.string()), encoded.indices)
            for name, values in by_name.items()
            if normalized or name != "normalized"
        }
        columns["query_hash"] = pc.fill_null(columns["query_hash"], _HASH_OF_NOTHING)
        return columns.pop("normalized", None), columns

    @staticmethod
    def _make(texts: pa.Array) -> Iterator[tuple[Optional[str], ...]]:
        normalized = normalize(texts)
        columns = (normalized, hashes(normalized), *comment_fields(texts).values())
        return zip(*(column.to_pylist() for column in columns))

    def _remember(self, fresh: dict[str, Any]) -> None:
        size = sum(map(len, fresh))
        if self._size + size > self.REMEMBERED:
            self._known, self._size = {}, 0
        self._known.update(fresh)
        self._size += size
