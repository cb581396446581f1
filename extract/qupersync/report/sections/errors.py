"""Which errors do queries end with?"""

from __future__ import annotations

from ..chart_helpers import daily
from ..marts import Marts
from ..model import Column, Section, Table
from .columns import CLUSTER, number


def errors(marts: Marts) -> Section:
    """Failed queries by day and by error message; an error that is new has its first day."""
    rows = marts(
        """
        with messages as (
            select cluster_id, error_hash, max(error_pattern) as error_pattern, sum(failed_count) as failed,
                max(user_count) as users, max(a_user_name) as user_name, max(example_query_id) as example,
                sum(execution_time_us) / 3600000000.0 as hours, max(last_seen) as last_seen
            from {marts}.query_errors_daily
            where {selected} and query_day between %(first)s and %(last)s and failed_count > 0
            group by cluster_id, error_hash
        )
        select messages.*, errors.first_seen as new_since
        from messages
        left join {marts}.new_query_errors as errors
            on messages.cluster_id = errors.cluster_id and messages.error_hash = errors.error_hash
        order by new_since desc nulls last, failed desc, messages.cluster_id, messages.error_hash limit %(rows)s
        """
    )
    columns = (
        CLUSTER, Column("error_pattern", "message", "code"), number("failed", "failed"), number("users", "users a day"),
        Column("user_name", "a user"), Column("example", "a query", "code"), number("hours", "execution h"),
        Column("last_seen", "last", "time"), Column("new_since", "new since", "time"),
    )  # fmt: skip
    return Section(
        "errors", "Which errors do queries end with?",
        charts=[daily(marts, "errors", "Failed queries per day", "queries", "sum(failed_count)")],
        tables=[Table("By message; new ones first", columns, rows, "No query failed in these days.")],
    )  # fmt: skip
