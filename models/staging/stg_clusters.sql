select
    cluster_id,
    sync_id,
    synced_at,
    deployment,
    engine_version,
    node_type
from {{ source('qupersync_staging', 'clusters') }}
