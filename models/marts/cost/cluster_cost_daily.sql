-- A day's cost is that of its hours with a price; without any it is NULL.
with days as (
    select
        cluster_id,
        cost_day,
        node_type,
        node_type = 'serverless' as is_serverless,
        max(node_count) as node_count,
        cast(sum(usage_us) as bigint) as usage_us,
        cast(sum(case when certainty = 'estimated' then usage_us else 0 end) as bigint) as estimated_usage_us,
        cast(sum(cost_billionths) as bigint) as cost_billionths,
        -- The list price, where an hour has no other.
        min(case when price is not null then cost_basis end) as first_basis,
        count(cost_billionths) as priced_hours,
        count(*) as hours
    from {{ ref('cluster_cost_hourly') }}
    group by cluster_id, cost_day, node_type
)

select
    cluster_id,
    cost_day,
    node_type,
    node_count,
    case when not is_serverless then cast(round(cast(usage_us as double precision) / {{ hour_us() }}) as bigint) end as node_hours,
    case when is_serverless then cast(usage_us as double precision) / {{ hour_us() }} end as rpu_hours,
    cast(cost_billionths as double precision) / 1000000000 as cost,
    cast(
        case
            when priced_hours = 0 then 'no price set'
            when priced_hours < hours then first_basis || ' (part)'
            else first_basis
        end as varchar(32)
    ) as cost_basis,
    usage_us,
    cost_billionths,
    cast(case when estimated_usage_us > 0 then 'estimated' else 'exact' end as varchar(16)) as certainty,
    estimated_usage_us
from days
