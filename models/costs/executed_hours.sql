{{ config(
    unique_key=['cluster_id', 'cost_hour'],
    meta={'bound': 'cost_hour'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'cost_hour']}, {'columns': ['built_at']}]),
    sort=['cost_hour']
) }}
{%- set periods = changed_periods('hour', ref('carried_executions')) if is_incremental() else none %}

-- An hour with a new or changed execution is swept again as a whole: what a slice adds to the union of those that begin before it.
with slices as (
    {{ executed_slices(periods) }}
),

swept as (
    select
        slices.*,
        max(to_us) over (
            partition by cluster_id, cost_hour order by from_us, to_us rows between unbounded preceding and 1 preceding
        ) as busy_until_us,
        max(case when is_scaling then to_us end) over (
            partition by cluster_id, cost_hour order by from_us, to_us rows between unbounded preceding and 1 preceding
        ) as scaling_until_us
    from slices
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    cost_hour,
    cast(sum(started) as bigint) as query_count,
    cast(sum(to_us - from_us) as bigint) as execution_us,
    cast(sum(greatest(to_us - greatest(from_us, coalesce(busy_until_us, 0)), 0)) as bigint) as busy_us,
    cast(sum(case when is_scaling then greatest(to_us - greatest(from_us, coalesce(scaling_until_us, 0)), 0) else 0 end) as bigint) as scaling_us,
    max(built_at) as built_at
from swept
group by cluster_id, cost_hour
