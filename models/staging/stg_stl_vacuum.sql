select
    cluster_id,
    sync_id,
    synced_at,
    xid,
    table_id,
    rtrim(status) as status,
    case
        when word like 'finish%' then 'finish'
        when word like 'skip%' then 'skip'
        when word like 'fail%' or word like 'abort%' then 'fail'
        else 'start'
    end as phase,
    case
        when is_recluster = 1 then 'RECLUSTER'
        when word like '%delete only%' then 'DELETE ONLY'
        when word like '%sort only%' or word like '%range%' then 'SORT ONLY'
        when word like '%reindex%' then 'REINDEX'
        when word like '%recluster%' then 'RECLUSTER'
        when word like 'finish%' then cast(null as varchar(32))
        else 'FULL'
    end as vacuum_type,
    "rows" as row_count,
    blocks,
    reclaimable_rows,
    reclaimable_space_mb,
    is_automatic,
    eventtime,
    userid as user_id,
    sortedrows as sorted_rows
-- A subquery, not a WITH: PostgreSQL would scan the whole table for rows behind a WITH in a view.
from (
    select
        *,
        -- Redshift truncates the text to 30 characters, so only prefixes match.
        lower(ltrim(case when status like '[VacuumBG]%' then substring(status, 11) else status end)) as word,
        status like '[VacuumBG]%' as is_automatic
    from {{ source('qupersync_staging', 'stl_vacuum') }}
) as worded
