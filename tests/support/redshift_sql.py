"""A static check of SQL compiled for Redshift, for what the emulator cannot show.

Both engines accept these constructs, and either give different results or Redshift runs them on the leader node only.
"""

from __future__ import annotations

import re

_OPAQUE = re.compile(r"'(?:[^'\\]|\\.|'')*'|/\*.*?\*/|--[^\n]*", re.S)

# name → (pattern, why). Matched outside literals and comments, ignoring case.
RULES: dict[str, tuple[str, str]] = {
    "text": (r"(?:\bas\s+|::\s*)text\b", "text is varchar(256): say varchar(n)"),
    "varchar": (r"(?:\bas\s+|::\s*)(?:varchar|character\s+varying)\b(?!\s*\()", "a bare varchar is varchar(256)"),
    "char": (r"(?:\bas\s+|::\s*)(?:char|character|bpchar)\b(?!\s*(?:\(|varying))", "a bare char is char(1)"),
    "numeric": (r"(?:\bas\s+|::\s*)(?:numeric|decimal)\b(?!\s*\()", "a bare numeric is numeric(18, 0): no fraction"),
    "avg": (r"\bavg\s*\((?!\s*cast\s*\([^()]*\bas\s+double\b)", "avg of integers truncates: cast to double precision"),
    "count_ratio": (r"\bcount\s*\([^()]*\)\s*/", "a count divided is a whole number: cast to double precision"),
    "leader_only": (
        r"\b(?:substr|current_schemas?|has_\w+_privilege|factorial|log|age|isfinite|localtime|localtimestamp|"
        r"current_time|get_bit|get_byte|to_hex|string_to_array|array_to_string)\s*\(",
        "runs on the leader node only, not over tables",
    ),
    "now": (r"\bnow\s*\(|\bcurrent_timestamp\b", "getdate(), or a literal of the run's start"),
    "byte_length": (r"\boctet_length\s*\(|\bbit_length\s*\(", "lengths of varchar are bytes here, characters there"),
    "left_cut": (r"\bleft\s*\(|\bright\s*\(", "counts characters, varchar(n) counts bytes: substring and a wide column"),
    "generate_series": (r"\bgenerate_series\s*\(", "runs on the leader node only"),
    "distinct_on": (r"\bdistinct\s+on\b", "unknown"),
    "filter": (r"\bfilter\s*\(\s*where\b", "unknown: case in the aggregate"),
    "lateral": (r"\blateral\b", "unknown"),
    "string_agg": (r"\bstring_agg\s*\(|\barray_agg\s*\(", "listagg"),
    "regexp_matches": (r"\bregexp_matches\s*\(|\bregexp_split_to_\w+\s*\(", "regexp_substr"),
    "epoch_of_difference": (r"\bextract\s*\(\s*epoch\s+from\s+[^()]*-", "datediff(microsecond, …)"),
    "timestamp_difference": (r"\bepoch\s+from\b", "datediff"),
    "interval_times": (r"\binterval\s+''\s*\*|\*\s*interval\b", "dateadd"),
    "make": (r"\bmake_(?:date|interval|timestamp)\s*\(", "a cast"),
    "bool_agg": (r"\bevery\s*\(", "bool_and"),
    "greatest_null": (r"\bmode\s*\(\s*\)|\bwidth_bucket\s*\(", "unknown"),
    "on_conflict": (r"\bon\s+conflict\b", "merge"),
    "materialized": (r"\bmaterialized\s+view\b", "a table: system views of views are refused"),
    "correlated_limit": (r"\(\s*select\b(?:(?!\(|\)).)*\blimit\s+\d+\s*\)", "a correlated subquery may not have limit"),
    "full_width": (r"\bsuper\b|\bqualify\b", "not used here"),
    "hash": (r"\bmd5\s*\(\s*cast\s*\([^()]*\bas\s+text\b", "hashes a text that was cut at 256"),
}  # fmt: skip


def faults(sql: str) -> list[str]:
    """The constructs in this SQL that behave differently on Redshift, one line a rule; empty when there are none."""
    bare = _OPAQUE.sub(lambda match: "''" if match[0].startswith("'") else " ", sql)
    found = []
    for name, (pattern, why) in RULES.items():
        if match := re.search(pattern, bare, re.I | re.S):
            found.append(f"{name}: {' '.join(match[0].split())!r}: {why}")
    return found
