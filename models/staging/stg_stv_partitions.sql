select
    cluster_id,
    sync_id,
    synced_at,
    owner,
    host,
    diskno,
    part_begin,
    coalesce(capacity, 0) as capacity_mb,
    coalesce(rtrim(mount) like '/dev/nvme%', false) as is_nvme,
    used as used_mb,
    tossed as tossed_mb
from {{ source('qupersync_staging', 'stv_partitions') }}
-- The node's own partitions; the others mirror other nodes.
where host = owner
