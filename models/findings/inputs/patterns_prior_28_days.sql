select
    patterns.cluster_id,
    patterns.query_hash,
    sum(patterns.query_count) as query_count,
    sum(patterns.execution_time_us) as execution_time_us
from {{ ref('query_patterns_daily') }} as patterns
inner join {{ ref('newest_syncs') }} as newest on patterns.cluster_id = newest.cluster_id
where
    patterns.query_day < newest.week_start
    and patterns.query_day >= {{ dbt.dateadd('day', -28, 'newest.week_start') }}
group by patterns.cluster_id, patterns.query_hash
