select
    patterns.cluster_id,
    patterns.query_hash,
    max(patterns.query_text) as query_text,
    max(patterns.a_user_name) as user_name,
    sum(patterns.query_count) as query_count,
    sum(patterns.failed_count) as failed_count,
    sum(patterns.spilling_count) as spilling_count,
    sum(patterns.execution_time_us) as execution_time_us,
    sum(patterns.spilled_blocks) as spilled_blocks
from {{ ref('query_patterns_daily') }} as patterns
inner join {{ ref('newest_syncs') }} as newest on patterns.cluster_id = newest.cluster_id
where patterns.query_day >= newest.week_start
group by patterns.cluster_id, patterns.query_hash
