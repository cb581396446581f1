with history as (
    select
        history.*,
        {{ dbt.datediff("cast('2000-01-01' as date)", 'history.snapshot_date', 'day') }} as day_number
    from {{ ref('node_details_history') }} as history
    inner join {{ ref('node_details') }} as newest
        on history.cluster_id = newest.cluster_id and history.node_id = newest.node_id
    where history.snapshot_date >= {{ dbt.dateadd('day', -30, 'cast(newest.synced_at as date)') }}
),

-- Linear regression over the last 30 days, from exact sums; one snapshot makes no trend.
sums as (
    select
        cluster_id,
        node_id,
        count(*) as snapshot_days,
        sum(cast(day_number as numeric(38, 0))) as sum_x,
        sum(cast(used_mb as numeric(38, 0))) as sum_y,
        sum(cast(day_number as numeric(38, 0)) * day_number) as sum_xx,
        sum(cast(day_number as numeric(38, 0)) * used_mb) as sum_xy
    from history
    group by cluster_id, node_id
),

growth as (
    select
        cluster_id,
        node_id,
        snapshot_days,
        cast(snapshot_days * sum_xy - sum_x * sum_y as double precision)
        / nullif(cast(snapshot_days * sum_xx - sum_x * sum_x as double precision), 0) as growth_mb_per_day
    from sums
)

select
    nodes.cluster_id,
    nodes.node_id,
    nodes.node_type,
    nodes.slice_count,
    nodes.capacity_mb,
    nodes.used_mb,
    nodes.capacity_gb,
    cast(nodes.used_mb as double precision) / 1024 as used_gb,
    nodes.storage_utilization_pct,
    growth.growth_mb_per_day / 1024 as growth_gb_per_day,
    case
        when growth.growth_mb_per_day > 0 then (nodes.capacity_mb - nodes.used_mb) / growth.growth_mb_per_day
    end as days_until_full,
    growth.snapshot_days,
    nodes.is_nvme,
    nodes.synced_at
from {{ ref('node_details') }} as nodes
left join growth on nodes.cluster_id = growth.cluster_id and nodes.node_id = growth.node_id
