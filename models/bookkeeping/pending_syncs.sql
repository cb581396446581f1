{{ config(post_hook="{{ analyze_if_needed() }}") }}

-- A table, not a view: all entities of one build apply the same syncs, whatever is loaded meanwhile.
{%- set models = models_applying_syncs() %}
with watermarks as (
    select
        cluster_id,
        entity,
        max(absorbed_until) as absorbed_until
    from {{ ref('absorbed_syncs') }}
    where entity in ('{{ models | join("', '") }}')
    group by cluster_id, entity
),

applied as (
    -- The watermark up to which every model has applied a cluster's syncs.
    select
        cluster_id,
        min(absorbed_until) as absorbed_until
    from watermarks
    group by cluster_id
    having count(*) = {{ models | length }}
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
left join applied on clusters.cluster_id = applied.cluster_id
inner join {{ source('qupersync_staging', 'sync_runs') }} as runs
    on
        clusters.cluster_id = runs.cluster_id
        and runs.synced_at > coalesce(applied.absorbed_until, cast('1900-01-01' as timestamp))
-- dlt commits a load table by table: only a complete one counts.
inner join {{ source('qupersync_dlt', '_dlt_loads') }} as loads on runs._dlt_load_id = loads.load_id
where loads.status = 0
group by clusters.cluster_id, runs.sync_id, runs.synced_at
