-- depends_on: {{ ref('list_prices') }}
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
        {{ price_of('billed') }} as own_price_billionths,
        {% if var('list_prices') %}
            cast(round(list_prices.price * 1000000000) as bigint) as list_price_billionths
        {% else %}
            cast(null as bigint) as list_price_billionths
        {% endif %}
    from {{ ref('billed_hours') }} as billed
    {% if var('list_prices') %}
        left join {{ ref('list_prices') }} as list_prices on billed.node_type = list_prices.node_type
    {% endif %}
),

priced as (
    select
        hours.*,
        coalesce(hours.own_price_billionths, hours.list_price_billionths) as price_billionths,
        {{ share_of('hours.usage_us', 'coalesce(hours.own_price_billionths, hours.list_price_billionths)', hour_us()) }} as cost_billionths
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
            when own_price_billionths is null and is_serverless then 'RPU hours × list price'
            when own_price_billionths is null then 'node hours × list price'
            when is_serverless then 'RPU hours × price'
            else 'node hours × price'
        end as varchar(32)
    ) as cost_basis,
    storage_mb,
    cast(case when estimated_because is null then 'exact' else 'estimated' end as varchar(16)) as certainty,
    estimated_because
from priced
