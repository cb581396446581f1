select
    {{ finding(
        check='new error',
        severity='warning',
        object_name=sql_text('error {error_hash}'),
        measured='failed_count',
        unit='failed queries since it is known',
        threshold=var('findings_new_error_count'),
        reason="First seen {to_char(first_seen, 'YYYY-MM-DD')}: {substring(error_pattern, 1, 200)}. Query {example_query_id} has it; ask {a_user_name}."
    ) }}
from {{ ref('new_query_errors') }}
where failed_count >= {{ var('findings_new_error_count') }}
