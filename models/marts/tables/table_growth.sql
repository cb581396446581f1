-- Compares the newest snapshot with the newest that is at least 7, and the newest that is at least 28 days older.
with newest as (
    select * from {{ ref('table_stats') }}
),

before as (
    select
        history.cluster_id,
        history.database_name,
        history.table_id,
        max(
            case when history.snapshot_date <= {{ dbt.dateadd('day', -7, 'cast(newest.synced_at as date)') }} then history.snapshot_date end
        )
            as week_date,
        max(
            case
                when history.snapshot_date <= {{ dbt.dateadd('day', -28, 'cast(newest.synced_at as date)') }} then history.snapshot_date
            end
        )
            as month_date
    from {{ ref('table_stats_history') }} as history
    inner join newest
        on
            history.cluster_id = newest.cluster_id
            and history.database_name = newest.database_name
            and history.table_id = newest.table_id
    where history.snapshot_date >= {{ dbt.dateadd('day', -60, 'cast(newest.synced_at as date)') }}
    group by history.cluster_id, history.database_name, history.table_id
)

select
    newest.cluster_id,
    newest.database_name,
    newest.schema,
    newest.table_name,
    newest.table_id,
    newest.size_mb / 1024 as size_gb,
    newest.tbl_rows,
    (newest.size_mb - week.size_mb) / 1024 as grown_gb_7_days,
    (newest.size_mb - month.size_mb) / 1024 as grown_gb_28_days,
    newest.tbl_rows - week.tbl_rows as grown_rows_7_days,
    newest.tbl_rows - month.tbl_rows as grown_rows_28_days,
    newest.synced_at
from newest
inner join before
    on
        newest.cluster_id = before.cluster_id
        and newest.database_name = before.database_name
        and newest.table_id = before.table_id
left join {{ ref('table_stats_history') }} as week
    on
        before.cluster_id = week.cluster_id
        and before.database_name = week.database_name
        and before.table_id = week.table_id
        and before.week_date = week.snapshot_date
left join {{ ref('table_stats_history') }} as month
    on
        before.cluster_id = month.cluster_id
        and before.database_name = month.database_name
        and before.table_id = month.table_id
        and before.month_date = month.snapshot_date
