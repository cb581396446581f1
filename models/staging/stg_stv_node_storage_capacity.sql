select
    cluster_id,
    sync_id,
    synced_at,
    node,
    coalesce(used, 0) as used_mb,
    coalesce(capacity, 0) as capacity_mb
from {{ source('qupersync_staging', 'stv_node_storage_capacity') }}
