select
    {{ finding(
        check='spilling pattern',
        severity='warning',
        object_name=sql_text('pattern {query_hash}'),
        measured=spill_gb('spilled_blocks'),
        unit='GB spilled in 7 days',
        threshold=var('findings_spill_gb'),
        reason='Spilled in {spilling_count} of {query_count} runs: intermediate results did not fit into memory. Ask {user_name}.'
        ~ query_of_pattern('query_text')
    ) }}
from {{ ref('patterns_last_7_days') }}
where
    spilling_count >= {{ var('findings_spill_count') }}
    and {{ spill_gb('spilled_blocks') }} > {{ var('findings_spill_gb') }}
