{%- set node_prices = var('node_hour_prices', {}) -%}
{%- set rpu_prices = var('rpu_hour_prices', {}) -%}
with nodes as (
    select
        cluster_id,
        snapshot_date,
        node_type,
        count(*) as node_count
    from {{ ref('node_details_history') }}
    group by cluster_id, snapshot_date, node_type
),

charged as (
    select
        cluster_id,
        cast(start_time as date) as cost_day,
        cast(sum(charged_seconds + charged_optimization_seconds) as double precision) / 3600 as rpu_hours
    from {{ ref('serverless_usage_history') }}
    group by cluster_id, cast(start_time as date)
),

used as (
    select
        cluster_id,
        snapshot_date as cost_day,
        node_type,
        node_count,
        node_count * 24 as node_hours,
        cast(null as double precision) as rpu_hours,
        {{ price_of('node_type', node_prices) }} as price
    from nodes
    union all
    select
        cluster_id,
        cost_day,
        cast('serverless' as varchar(64)) as node_type,
        cast(null as bigint) as node_count,
        cast(null as bigint) as node_hours,
        rpu_hours,
        {{ price_of('cluster_id', rpu_prices) }} as price
    from charged
)

select
    cluster_id,
    cost_day,
    node_type,
    node_count,
    node_hours,
    rpu_hours,
    coalesce(rpu_hours, node_hours) * price as cost,
    cast(
        case
            when price is null then 'no price set'
            when rpu_hours is not null then 'RPU hours × price'
            else 'node hours × price'
        end as varchar(32)
    ) as cost_basis
from used
