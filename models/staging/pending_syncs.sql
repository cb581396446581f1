{{ config(materialized='table', post_hook="{{ analyze_where_needed() }}") }}

-- A table, not a view: all entities of one build take up the same syncs, whatever lands meanwhile.
with absorbed as (
    select
        cluster_id,
        min(absorbed_until) as absorbed_until
    from {{ ref('absorbed_syncs') }}
    group by cluster_id
    having count(*) = {{ absorbing_models() | length }}
),

clusters as (
    select distinct cluster_id
    from {{ ref('stg_clusters') }}
)

select
    clusters.cluster_id,
    runs.sync_id,
    runs.synced_at
from clusters
left join absorbed on clusters.cluster_id = absorbed.cluster_id
inner join {{ source('staging', 'sync_runs') }} as runs
    on
        clusters.cluster_id = runs.cluster_id
        and runs.synced_at > coalesce(absorbed.absorbed_until, cast('1900-01-01' as timestamp))
-- Tables of a load commit one by one: only a load that is complete counts.
inner join {{ source('dlt', '_dlt_loads') }} as loads on runs._dlt_load_id = loads.load_id
where loads.status = 0
group by clusters.cluster_id, runs.sync_id, runs.synced_at
