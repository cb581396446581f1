{{ config(materialized='ephemeral') }}

select
    cluster_id,
    max(synced_at) as synced_at,
    {{ dbt.dateadd('day', -6, 'cast(max(synced_at) as date)') }} as week_start
from {{ source('qupersync_staging', 'sync_runs') }}
where outcome = 'ok'
group by cluster_id
