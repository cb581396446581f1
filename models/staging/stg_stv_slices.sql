select
    cluster_id,
    sync_id,
    synced_at,
    node,
    slice
from {{ source('qupersync_staging', 'stv_slices') }}
-- Slices of other types are internal copies.
where coalesce(rtrim(type), 'D') = 'D'
