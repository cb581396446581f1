{{ config(materialized='table', full_refresh=none) }}

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
),

vacuumed as (
    select
        newest.*,
        (
            select max(runs.end_time)
            from {{ ref('vacuum_history') }} as runs
            where
                runs.cluster_id = newest.cluster_id
                and runs.table_id = newest.table_id
                and runs.database_name = newest.database_name
                and runs.table_name = newest.table_name
                and runs.status = 'Finished'
        ) as last_vacuum_date
    from newest
)

select
    vacuumed.cluster_id,
    vacuumed.database_name,
    vacuumed.table_id,
    vacuumed.schema,
    vacuumed.table_name,
    vacuumed.diststyle,
    vacuumed.dist_key,
    vacuumed.sort_key1,
    vacuumed.encoded,
    cast((
        select max(runs.vacuum_type)
        from {{ ref('vacuum_history') }} as runs
        where
            runs.cluster_id = vacuumed.cluster_id
            and runs.table_id = vacuumed.table_id
            and runs.database_name = vacuumed.database_name
            and runs.table_name = vacuumed.table_name
            and runs.end_time = vacuumed.last_vacuum_date
            and runs.status = 'Finished'
    ) as varchar(32)) as vacuum_type,
    vacuumed.sortkey_num,
    vacuumed.tbl_rows,
    vacuumed.size_mb,
    vacuumed.unsorted_pct,
    vacuumed.stats_off_pct,
    vacuumed.vacuum_sort_benefit_pct,
    vacuumed.pct_skew_across_slices,
    vacuumed.pct_rows_marked_for_deletion,
    vacuumed.is_auto_sortkey,
    vacuumed.last_vacuum_date,
    vacuumed.create_time,
    vacuumed.synced_at
from vacuumed
