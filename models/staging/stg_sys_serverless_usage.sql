select
    cluster_id,
    sync_id,
    synced_at,
    start_time,
    end_time,
    compute_seconds,
    compute_capacity,
    data_storage as data_storage_mb,
    coalesce(cross_region_transferred_data, 0) as cross_region_bytes,
    coalesce(charged_seconds, 0) as charged_seconds,
    coalesce(charged_extra_compute_for_automatic_optimization_seconds, 0) as charged_optimization_seconds
from {{ source('qupersync_staging', 'sys_serverless_usage') }}
