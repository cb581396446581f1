with bills as (
    select
        cluster_id,
        cost_hour,
        cost_day,
        cast(max(case when node_type = 'serverless' then 'RPU' else 'node' end) as varchar(16)) as usage_unit,
        cast(sum(usage_us) as bigint) as usage_us,
        cast(sum(elapsed_us) as bigint) as elapsed_us,
        max(node_count) as node_count,
        -- An hour of which a part has no price has no cost.
        case when count(*) = count(cost_billionths) then cast(sum(cost_billionths) as bigint) end as cost_billionths,
        case when count(*) = count(price) then max(price) end as price,
        max(case when certainty = 'estimated' then 1 else 0 end) as estimated
    from {{ ref('cluster_cost_hourly') }}
    group by cluster_id, cost_hour, cost_day
),

hours as (
    select
        bills.*,
        coalesce(executed.query_count, 0) as query_count,
        coalesce(executed.execution_us, 0) as execution_us,
        -- No longer than the time that is paid for: clocks differ, and a charge may be yet unknown.
        least(coalesce(executed.busy_us, 0), bills.elapsed_us) as busy_us,
        coalesce(executed.scaling_us, 0) as scaling_us
    from bills
    left join {{ ref('executed_hours') }} as executed
        on bills.cluster_id = executed.cluster_id and bills.cost_hour = executed.cost_hour
),

shared as (
    select
        hours.*,
        coalesce({{ share_of('hours.usage_us', 'hours.busy_us', 'nullif(hours.elapsed_us, 0)') }}, 0) as busy_usage_us,
        case
            when hours.elapsed_us > 0 then {{ share_of('hours.cost_billionths', 'hours.busy_us', 'nullif(hours.elapsed_us, 0)') }}
            else hours.cost_billionths * 0
        end as busy_cost_billionths
    from hours
)

select
    cluster_id,
    cost_hour,
    cost_day,
    usage_unit,
    query_count,
    elapsed_us,
    busy_us,
    execution_us,
    usage_us,
    busy_usage_us,
    usage_us - busy_usage_us as idle_usage_us,
    cost_billionths,
    busy_cost_billionths,
    cost_billionths - busy_cost_billionths as idle_cost_billionths,
    cast(busy_usage_us as double precision) / nullif(execution_us, 0) as usage_us_per_execution_us,
    cast(busy_cost_billionths as double precision) / nullif(execution_us, 0) as cost_billionths_per_execution_us,
    scaling_us,
    cast(case when estimated = 1 then 'estimated' else 'exact' end as varchar(16)) as certainty
from shared
