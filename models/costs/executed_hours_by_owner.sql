{{ config(
    unique_key=['cluster_id', 'cost_hour'],
    meta={'bound': 'cost_hour'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'cost_hour']}, {'columns': ['built_at']}]),
    sort=['cost_hour']
) }}
{%- set periods = changed_periods('hour', ref('carried_executions')) if is_incremental() else none %}

-- An hour with a new or changed execution is added up again as a whole.
with slices as (
    {{ executed_slices(periods) }}
),

sums as (
    {%- for kind, column in owner_kinds().items() %}
    select
        cluster_id,
        cost_hour,
        cast('{{ kind }}' as varchar(16)) as owner_kind,
        cast({{ column }} as varchar(512)) as owner,
        cast(sum(started) as bigint) as query_count,
        cast(sum(to_us - from_us) as bigint) as execution_us,
        max(built_at) as built_at
    from slices
    group by cluster_id, cost_hour, {{ column }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    cost_hour,
    owner_kind,
    owner,
    query_count,
    execution_us,
    -- By which shares are rounded so that they sum up (see cost_by_owner_hourly).
    cast(sum(execution_us) over (
        partition by cluster_id, cost_hour, owner_kind order by owner rows between unbounded preceding and current row
    ) as bigint) as running_execution_us,
    built_at
from sums
