with hours as (
    select
        billed.cluster_id,
        billed.cost_hour,
        billed.node_type,
        billed.node_count,
        billed.usage_us,
        billed.elapsed_us,
        billed.storage_mb,
        billed.estimated_because,
        billed.node_type = 'serverless' as is_serverless,
        {{ price_of('billed') }} as price_billionths
    from {{ ref('billed_hours') }} as billed
),

priced as (
    select
        hours.*,
        {{ share_of('hours.usage_us', 'hours.price_billionths', hour_us()) }} as cost_billionths
    from hours
)

select
    cluster_id,
    cost_hour,
    cast(cost_hour as date) as cost_day,
    node_type,
    node_count,
    usage_us,
    elapsed_us,
    case when not is_serverless then cast(usage_us as double precision) / {{ hour_us() }} end as node_hours,
    case when is_serverless then cast(usage_us as double precision) / {{ hour_us() }} end as rpu_hours,
    cast(price_billionths as double precision) / 1000000000 as price,
    cost_billionths,
    cast(cost_billionths as double precision) / 1000000000 as cost,
    cast(
        case
            when price_billionths is null then 'no price set'
            when is_serverless then 'RPU hours × price'
            else 'node hours × price'
        end as varchar(32)
    ) as cost_basis,
    storage_mb,
    cast(case when estimated_because is null then 'exact' else 'estimated' end as varchar(16)) as certainty,
    estimated_because
from priced
