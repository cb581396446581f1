{{ config(incremental_strategy='replace_all', full_refresh=false) }}

with snapshots as (
    select history.*
    from {{ ref('latest_snapshots') }} as latest
    inner join {{ ref('table_stats_history') }} as history
        on
            latest.cluster_id = history.cluster_id
            and latest.sync_id = history.sync_id
            and latest.database_name = history.connected_database
    where latest.subject = 'tables'
),

-- A database that is connected to under two names reports its tables twice.
newest as (
    {{ newest_of('snapshots', ['cluster_id', 'database_name', 'table_id'], ['synced_at desc', 'connected_database']) }}
)

select
    newest.cluster_id,
    newest.database_name,
    newest.table_id,
    newest.schema,
    newest.table_name,
    newest.diststyle,
    newest.dist_key,
    newest.sort_key1,
    newest.encoded,
    cast(vacuumed.vacuum_type as varchar(32)) as vacuum_type,
    newest.sortkey_num,
    newest.tbl_rows,
    newest.size_mb,
    newest.unsorted_pct,
    newest.stats_off_pct,
    newest.vacuum_sort_benefit_pct,
    newest.pct_skew_across_slices,
    newest.pct_rows_marked_for_deletion,
    newest.is_auto_sortkey,
    vacuumed.end_time as last_vacuum_date,
    newest.create_time,
    newest.synced_at,
    newest.current_diststyle,
    newest.sort_key1_encoding,
    newest.is_auto_encoded,
    newest.estimated_visible_rows,
    newest.pct_used
from newest
{{ left_join_last_vacuums('newest') }}
