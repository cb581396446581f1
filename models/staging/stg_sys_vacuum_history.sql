select
    cluster_id,
    sync_id,
    synced_at,
    -- Automatic runs may have no transaction: their key is table and start time.
    coalesce(transaction_id, 0) as xid,
    table_id,
    start_time,
    rtrim(status) as status,
    -- The documented vocabulary, and that of real clusters, which write a start row and a finish row per run.
    case
        when word like 'fail%' or word like 'abort%' then 'fail'
        when word like 'skip%' then 'skip'
        when end_time is not null or word like 'finish%' or word like 'complete%' then 'finish'
        when word like 'initial%' then 'init'
        else 'start'
    end as phase,
    case
        when type_word like 'delete%' then 'DELETE ONLY'
        when type_word like 'sort%' or type_word like 'range%' then 'SORT ONLY'
        when type_word like 'reindex%' then 'REINDEX'
        when type_word like 'recluster%' then 'RECLUSTER'
        when type_word like 'full%' then 'FULL'
        when word like '%delete only%' then 'DELETE ONLY'
        when word like '%sort only%' or word like '%range%' then 'SORT ONLY'
        when type_word = '' then 'FULL'
        else upper(type_word)
    end as vacuum_type,
    nullif(rtrim(database_name), '') as database_name,
    nullif(rtrim(schema_name), '') as schema_name,
    nullif(rtrim(table_name), '') as table_name,
    reclaimable_rows,
    reclaimed_rows,
    reclaimed_blocks,
    coalesce(is_automatic, status like '[VacuumBG]%') as is_automatic,
    end_time,
    record_time,
    user_id,
    query_id,
    rows_before_vacuum as row_count,
    size_before_vacuum as blocks
-- A subquery, not a WITH: PostgreSQL would scan the whole table for rows behind a WITH in a view.
from (
    select
        *,
        lower(ltrim(case when status like '[VacuumBG]%' then substring(status, 11) else status end)) as word,
        lower(rtrim(coalesce(vacuum_type, ''))) as type_word
    from {{ source('qupersync_staging', 'sys_vacuum_history') }}
) as worded
