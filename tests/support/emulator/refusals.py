"""What PostgreSQL accepts and Redshift rejects, with Redshift's message, and what Redshift runs and should not be given."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .sql_text import Masked, selects

SYNTAX, UNSUPPORTED, NO_FUNCTION = "42601", "0A000", "42883"


class RefusedError(ValueError):
    """The statement uses a construct that Redshift rejects."""

    def __init__(self, sqlstate: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.sqlstate, self.message, self.hint = sqlstate, message, hint

    def __str__(self) -> str:
        return f"{self.message} (instead: {self.hint})"


@dataclass(frozen=True)
class Refusal:
    """A construct (pattern, matched without case) and the answer to it; ``{}`` in a message is the matched text."""

    name: str
    pattern: str
    sqlstate: str
    message: str
    instead: str
    literals: bool = False  # the pattern looks into literals and quoted identifiers


def _function(name: str, pattern: str, instead: str) -> Refusal:
    return Refusal(name, rf"\b(?:{pattern})\s*\(", NO_FUNCTION, "function {} does not exist", instead)


def _syntax(name: str, pattern: str, at: str, instead: str) -> Refusal:
    return Refusal(name, pattern, SYNTAX, f'syntax error at or near "{at}"', instead)


def _leader(name: str, pattern: str, instead: str) -> Refusal:
    message = "Specified types or functions (one per INFO message) not supported on Redshift tables."
    return Refusal(name, pattern, UNSUPPORTED, message, instead)


_JSON = r"jsonb?_(?!parse|serialize|extract_path_text|extract_array_element_text|array_length|typeof|size)\w+"

REFUSED = (
    _function("string_agg", "string_agg", "listagg"),
    _function("array_agg", "array_agg", "listagg"),
    _leader("generate_series", r"\bgenerate_series\s*\(", "a table of numbers"),
    Refusal("distinct_on", r"\bdistinct\s+on\s*\(", UNSUPPORTED, "SELECT DISTINCT ON is not supported", "row_number"),
    _syntax("on_conflict", r"\bon\s+conflict\b", "on", "merge"),
    _syntax("filter", r"\bfilter\s*\(\s*where\b", "(", "case in the aggregate"),
    _syntax("lateral", r"\blateral\b", "lateral", "a join"),
    _syntax("ordinality", r"\bwith\s+ordinality\b", "ordinality", "row_number"),
    _syntax("for_update", r"\bfor\s+update\b|\bfor\s+share\b", "for", "lock"),
    _function("json", _JSON, "json_parse"),
    _function("regexp_matches", r"regexp_(?:matches|split_to_\w+)", "regexp_substr"),
    _function("unnest", "unnest", "a join"),
    _function("make", r"make_(?:date|interval|timestamp)", "a cast"),
    _function("advisory_lock", r"pg_(?:try_)?advisory_\w+", "lock a table"),
    _function("to_regclass", r"to_reg(?:class|type|namespace)", "pg_class"),
    _function("width_bucket", r"width_bucket|mode", "case"),
    Refusal("create_index", r"\bcreate\s+(?:unique\s+)?index\b", UNSUPPORTED,
            'SQL command "{} …" not supported on Redshift tables.', "a sort key"),
    Refusal("trigger", r"\bcreate\s+(?:trigger|rule|domain|type|sequence|extension)\b", UNSUPPORTED,
            'SQL command "{} …" not supported on Redshift tables.', "a model"),
    _syntax("returning", r"\breturning\b", "returning", "a second statement"),
    _syntax("delete_alias", r"\bdelete\s+from\s+(?:only\s+)?[\w.\"]+(?:\s*\.\s*[\w\"]+)*\s+as\s+\w+", "as", "the table's own name"),
    _syntax("materialized_cte", r"\bas\s+(?:not\s+)?materialized\s*\(", "materialized", "a plain CTE"),
    _syntax("add_columns", r"\badd\s+column\s+if\s+not\s+exists\b", "not", "one look at the columns first"),
    Refusal("unlogged", r"\bcreate\s+unlogged\b", SYNTAX, 'syntax error at or near "unlogged"', "a table"),
    _leader("array", r"\barray\s*\[|\[\]", "a list of rows"),
    _leader("now", r"\bnow\s*\(\s*\)|\bclock_timestamp\s*\(|\bstatement_timestamp\s*\(", "getdate()"),
    Refusal("epoch", r"\bextract\s*\(\s*epoch\s+from\s+[^()]*-", UNSUPPORTED,
            'Interval values with month or year parts are not supported', "datediff"),
    Refusal("interval_times", r"\binterval\s+'[^']*'\s*\*", UNSUPPORTED,
            'Interval values with month or year parts are not supported', "dateadd", literals=True),
    Refusal("greatest", r"\bgreatest\s*\([^()]*\binterval\b", UNSUPPORTED,
            'Interval values with month or year parts are not supported', "dateadd"),
    Refusal("to_char", r"\bto_char\s*\([^()]*::interval", NO_FUNCTION,
            "function to_char(interval, character varying) does not exist", "datediff"),
    Refusal("explain", r"^\s*explain\s*\(", SYNTAX, 'syntax error at or near "("', "explain"),
    _syntax("materialized_view", r"\bmaterialized\s+view\b", "materialized", "a table: PostgreSQL would answer otherwise"),
    _syntax("qualify", r"\bqualify\b", "qualify", "row_number: PostgreSQL lacks it"),
    Refusal("large_varchar", r"\bvarchar\s*\(\s*(?:6553[6-9]|655[4-9]\d|65[6-9]\d{2}|6[6-9]\d{3}|[7-9]\d{4}|\d{6,})\s*\)",
            "22023", "length for type varchar cannot exceed 65535", "varchar(65535)"),
)  # fmt: skip

# Redshift runs these, and they harm there.
POLICY = (
    Refusal("primary_key", r"^\W*(?:create|alter)\b.*?\b(?:primary\s+key|unique)\b(?=\s*(?:\(|,|\)|not\b|;|$))", UNSUPPORTED,
            "the planner trusts a declared key that nothing enforces: a uniqueness test can be optimised away",
            "a data test"),
    Refusal("analyze_temporary", r"\banalyze\s+\"?\w+__dbt_tmp", UNSUPPORTED,
            "Redshift gathers statistics of temporary tables itself", "nothing", literals=True),
)  # fmt: skip


def _found(refusal: Refusal, masked: Masked) -> str:
    text = masked.uncommented() if refusal.literals else masked.blanked()
    found = re.search(refusal.pattern, text, re.I | re.S)
    return " ".join(found[0].split()).rstrip("( ") if found else ""


def against_policy(sql: str) -> list[str]:
    """The policies that a statement breaks, each with what to do instead; Redshift would run it."""
    masked = Masked(sql)
    return [
        f"{policy.name}: {policy.message} (instead: {policy.instead})" for policy in POLICY if _found(policy, masked)
    ]


def refuse(masked: Masked) -> None:
    """Errors: RefusedError when Redshift would not run the statement."""
    for refusal in REFUSED:
        if matched := _found(refusal, masked):
            raise RefusedError(refusal.sqlstate, refusal.message.replace("{}", matched), refusal.instead)
    for select in selects(masked.blanked()):
        if len(select.sort_orders) > 1:
            # AWS, PERCENTILE_CONT: sort-based aggregates of a statement must use the same ORDER BY.
            raise RefusedError(
                UNSUPPORTED, "within group ORDER BY clauses for aggregate functions must be the same",
                "a subquery for each order: " + ", ".join(sorted(select.sort_orders)),
            )  # fmt: skip
