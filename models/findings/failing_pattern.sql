select
    {{ finding(
        check='failing pattern',
        severity='warning',
        object_name=sql_text('pattern {query_hash}'),
        measured='100 * cast(failed_count as double precision) / query_count',
        unit='percent failed in 7 days',
        threshold=var('findings_failed_pct'),
        reason='Failed in {failed_count} of {query_count} runs. Ask {user_name}.' ~ query_of_pattern('query_text')
    ) }}
from {{ ref('patterns_last_7_days') }}
where
    failed_count >= {{ var('findings_failed_count') }}
    and 100 * failed_count > {{ var('findings_failed_pct') }} * query_count
