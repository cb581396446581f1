-- Each check: what is out of bounds, beside its bound, with the reason and the statement that cures it.
with tables as (
    select
        cluster_id,
        database_name,
        {{ quoted('schema') }} || '.' || {{ quoted('table_name') }} as object_name,
        tbl_rows,
        size_gb,
        pct_rows_marked_for_deletion,
        unsorted_pct,
        vacuum_sort_benefit_pct,
        stats_off_pct,
        pct_skew_across_slices,
        diststyle,
        sort_key1,
        encoded,
        is_auto_sortkey,
        reclaimable_gb,
        -- Small tables swing wildly and cost nothing.
        coalesce(tbl_rows, 0) > {{ var('findings_min_rows') }} as is_large
    from {{ ref('table_health') }}
),

ghost_rows as (
    select
        cluster_id,
        'ghost rows' as check_name,
        'warning' as severity,
        database_name,
        object_name,
        pct_rows_marked_for_deletion as measured,
        'percent of rows' as unit,
        cast({{ var('findings_ghost_rows_pct') }} as double precision) as threshold,
        'Rows marked for deletion take space and are read by every scan.' as reason,
        'VACUUM DELETE ONLY ' || object_name || ' TO 100 PERCENT;' as statement
    from tables
    where is_large and pct_rows_marked_for_deletion > {{ var('findings_ghost_rows_pct') }}
),

unsorted as (
    select
        cluster_id,
        'unsorted rows' as check_name,
        'warning' as severity,
        database_name,
        object_name,
        vacuum_sort_benefit_pct as measured,
        'percent faster scans' as unit,
        cast({{ var('findings_sort_benefit_pct') }} as double precision) as threshold,
        'Redshift expects this much from sorting the table.' as reason,
        case when upper(sort_key1) = 'INTERLEAVED' then 'VACUUM REINDEX ' else 'VACUUM SORT ONLY ' end
        || object_name || case when upper(sort_key1) = 'INTERLEAVED' then ';' else ' TO 100 PERCENT;' end as statement
    from tables
    -- Without a sort key there is nothing to sort by, and an automatic one Redshift sorts by itself.
    where
        is_large
        and sort_key1 is not null
        and not is_auto_sortkey
        and vacuum_sort_benefit_pct >= {{ var('findings_sort_benefit_pct') }}
),

stale_statistics as (
    select
        cluster_id,
        'stale statistics' as check_name,
        'warning' as severity,
        database_name,
        object_name,
        stats_off_pct as measured,
        'percent stale' as unit,
        cast({{ var('findings_stats_off_pct') }} as double precision) as threshold,
        'The planner reckons with numbers of rows that are long wrong.' as reason,
        'ANALYZE ' || object_name || ';' as statement
    from tables
    where stats_off_pct > {{ var('findings_stats_off_pct') }}
),

skew as (
    select
        cluster_id,
        'skewed rows' as check_name,
        'warning' as severity,
        database_name,
        object_name,
        pct_skew_across_slices as measured,
        'percent over the emptiest slice' as unit,
        cast({{ var('findings_skew_pct') }} as double precision) as threshold,
        'The fullest slice decides how long every scan takes.' as reason,
        'ALTER TABLE ' || object_name || ' ALTER DISTSTYLE AUTO;' as statement
    from tables
    where is_large and diststyle in ('KEY', 'EVEN') and pct_skew_across_slices >= {{ var('findings_skew_pct') }}
),

no_compression as (
    select
        cluster_id,
        'no compression' as check_name,
        'info' as severity,
        database_name,
        object_name,
        size_gb as measured,
        'GB' as unit,
        cast(null as double precision) as threshold,
        'No column is compressed: more blocks to store and to read.' as reason,
        'ALTER TABLE ' || object_name || ' ALTER ENCODE AUTO;' as statement
    from tables
    where is_large and encoded = 'N'
),

full_nodes as (
    select
        cluster_id,
        'disk utilization' as check_name,
        case when storage_utilization_pct > {{ var('findings_disk_critical_pct') }} then 'critical' else 'warning' end as severity,
        cast(null as varchar(256)) as database_name,
        'node ' || cast(node_id as varchar(20)) as object_name,
        storage_utilization_pct as measured,
        'percent of capacity' as unit,
        cast({{ var('findings_disk_pct') }} as double precision) as threshold,
        'VACUUM, large sorts and spills need free space; a full disk stops writes.' as reason,
        cast(null as varchar(1024)) as statement
    from {{ ref('node_storage') }}
    where storage_utilization_pct > {{ var('findings_disk_pct') }}
),

filling_nodes as (
    select
        cluster_id,
        'days until full' as check_name,
        'critical' as severity,
        cast(null as varchar(256)) as database_name,
        'node ' || cast(node_id as varchar(20)) as object_name,
        days_until_full as measured,
        'days' as unit,
        cast({{ var('findings_days_until_full') }} as double precision) as threshold,
        'At the growth of the last 30 days.' as reason,
        cast(null as varchar(1024)) as statement
    from {{ ref('node_storage') }}
    where days_until_full < {{ var('findings_days_until_full') }}
),

gaps as (
    select
        cluster_id,
        'sync gap' as check_name,
        'critical' as severity,
        database_name,
        view_name as object_name,
        gap_hours as measured,
        'hours lost' as unit,
        cast(0 as double precision) as threshold,
        'No sync ran for longer than Redshift keeps its rows.' as reason,
        cast(null as varchar(1024)) as statement
    from {{ ref('sync_gaps') }}
    where {{ recent('noticed_at') }}
)

select * from ghost_rows
union all
select * from unsorted
union all
select * from stale_statistics
union all
select * from skew
union all
select * from no_compression
union all
select * from full_nodes
union all
select * from filling_nodes
union all
select * from gaps
