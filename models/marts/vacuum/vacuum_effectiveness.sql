select
    cluster_id,
    xid,
    table_id,
    start_time,
    database_name,
    schema,
    table_name,
    vacuum_type,
    status,
    reclaimable_rows,
    reclaimed_rows,
    reclaimable_gb,
    cast(reclaimed_blocks as double precision) / 1024 as reclaimed_gb,
    case
        when impacted_blocks > 0 then 100 * cast(reclaimed_blocks as double precision) / impacted_blocks
    end as reclaimed_pct,
    {{ seconds_between('start_time', 'end_time') }} as duration_seconds,
    is_automatic,
    end_time
from {{ ref('vacuum_history') }}
