with known as (
    select
        errors.cluster_id,
        newest.week_start,
        -- The first known day, if it is no more than a week before this one.
        min(errors.query_day) as first_day
    from {{ ref('query_errors_daily') }} as errors
    inner join {{ ref('newest_syncs') }} as newest on errors.cluster_id = newest.cluster_id
    where errors.query_day >= {{ dbt.dateadd('day', -7, 'newest.week_start') }}
    group by errors.cluster_id, newest.week_start
),

grouped as (
    select
        errors.cluster_id,
        errors.error_hash,
        max(errors.error_pattern) as error_pattern,
        sum(errors.failed_count) as failed_count,
        max(errors.user_count) as max_user_count,
        max(errors.a_user_name) as a_user_name,
        max(errors.example_query_id) as example_query_id,
        sum(errors.execution_time_us) as execution_time_us,
        min(errors.query_day) as first_day,
        min(errors.first_seen) as first_seen,
        max(errors.last_seen) as last_seen
    from {{ ref('query_errors_daily') }} as errors
    where errors.failed_count > 0 and errors.error_pattern <> ''
    group by errors.cluster_id, errors.error_hash
)

select
    grouped.cluster_id,
    grouped.error_hash,
    cast(grouped.error_pattern as varchar(4096)) as error_pattern,
    {{ to_bigint('grouped.failed_count') }} as failed_count,
    grouped.max_user_count,
    cast(grouped.a_user_name as varchar(256)) as a_user_name,
    grouped.example_query_id,
    cast(grouped.execution_time_us as double precision) / 1000000 as execution_seconds,
    grouped.first_seen,
    grouped.last_seen
from grouped
inner join known on grouped.cluster_id = known.cluster_id
where
    grouped.first_day >= known.week_start
    and {{ dbt.dateadd('day', 7, 'known.first_day') }} <= grouped.first_day
