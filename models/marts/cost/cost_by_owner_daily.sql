select
    cluster_id,
    cost_day,
    owner_kind,
    owner,
    is_idle,
    cast(sum(query_count) as bigint) as query_count,
    cast(sum(execution_us) as bigint) as execution_us,
    cast(sum(usage_us) as bigint) as usage_us,
    cast(sum(cost_billionths) as bigint) as cost_billionths,
    cast(sum(cost_billionths) as double precision) / 1000000000 as cost
from {{ ref('cost_by_owner_hourly') }}
group by cluster_id, cost_day, owner_kind, owner, is_idle
