{{ config(incremental_strategy='replace_all', full_refresh=false) }}

select
    history.cluster_id,
    history.node_id,
    history.node_type,
    history.slice_count,
    history.capacity_mb,
    history.used_mb,
    history.storage_utilization_pct,
    history.capacity_gb,
    history.is_nvme,
    history.synced_at,
    history.partition_count,
    history.disk_capacity_mb,
    history.disk_used_mb,
    history.disk_tossed_mb
from {{ ref('latest_snapshots') }} as latest
inner join {{ ref('node_details_history') }} as history
    on latest.cluster_id = history.cluster_id and latest.sync_id = history.sync_id
where latest.subject = 'nodes'
