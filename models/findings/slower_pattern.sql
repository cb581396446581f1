with compared as (
    select
        week.cluster_id,
        week.query_hash,
        week.user_name,
        cast(week.execution_time_us as double precision) / week.query_count as mean_us,
        cast(earlier.execution_time_us as double precision) / earlier.query_count as prior_mean_us
    from {{ ref('patterns_last_7_days') }} as week
    inner join {{ ref('patterns_prior_28_days') }} as earlier
        on week.cluster_id = earlier.cluster_id and week.query_hash = earlier.query_hash
    where
        -- A few runs are no baseline, and very short ones double by chance.
        week.query_count >= {{ var('findings_slower_min_count') }}
        and earlier.query_count >= {{ var('findings_slower_min_count') }}
        and earlier.execution_time_us > 0
        and week.execution_time_us >= 1000000 * {{ var('findings_slower_min_seconds') }} * week.query_count
)

select
    {{ finding(
        check='slower pattern',
        severity='warning',
        object_name=sql_text('pattern {query_hash}'),
        measured='mean_us / prior_mean_us',
        unit='times the mean of the 28 days before',
        threshold=var('findings_slower_factor'),
        reason='Mean execution time of the last 7 days, compared with the 28 days before. Ask {user_name}.'
    ) }}
from compared
where mean_us > {{ var('findings_slower_factor') }} * prior_mean_us
