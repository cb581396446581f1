select
    cluster_id,
    sync_id,
    synced_at,
    query_id,
    child_query_sequence,
    stream_id,
    segment_id,
    start_time,
    coalesce(blocks_read, 0) as blocks_read,
    coalesce(spilled_block_local_disk, 0) as spilled_block_local_disk,
    coalesce(spilled_block_remote_disk, 0) as spilled_block_remote_disk,
    coalesce(rtrim(is_active), 'f') <> 't' as is_final,
    end_time,
    blocks_write as blocks_written,
    local_read_io as local_blocks_read,
    remote_read_io as remote_blocks_read
from {{ source('qupersync_staging', 'sys_query_detail') }}
-- Step rows hold zeros and copies. The sync does not read them; other loaders of staging may.
where rtrim(metrics_level) = 'segment'
