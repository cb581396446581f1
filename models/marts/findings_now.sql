-- Each check: what is out of bounds, beside its bound, with the reason and the statement that cures it.
{%- set week = dbt.dateadd('day', -6, 'cast(newest.synced_at as date)') %}
with newest as (
    {{ newest_syncs() }}
),

tables as (
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
),

uneven_nodes as (
    select
        cluster_id,
        'node imbalance' as check_name,
        'warning' as severity,
        cast(null as varchar(256)) as database_name,
        'cluster' as object_name,
        100 * (max(used_gb) - min(used_gb)) / nullif(min(used_gb), 0) as measured,
        'percent over the emptiest node' as unit,
        cast({{ var('findings_node_skew_pct') }} as double precision) as threshold,
        'The fullest node fills first: look for tables whose distribution key is skewed.' as reason,
        cast(null as varchar(1024)) as statement
    from {{ ref('node_storage') }}
    group by cluster_id
    having
        100 * (max(used_gb) - min(used_gb)) >= {{ var('findings_node_skew_pct') }} * min(used_gb)
        and max(used_gb) - min(used_gb) >= 1
),

week_of_patterns as (
    select
        patterns.cluster_id,
        patterns.query_hash,
        max(patterns.a_user_name) as user_name,
        sum(patterns.query_count) as query_count,
        sum(patterns.failed_count) as failed_count,
        sum(patterns.spilling_count) as spilling_count,
        sum(patterns.execution_time_us) as execution_time_us,
        sum(patterns.spilled_blocks) as spilled_blocks
    from {{ ref('query_patterns_daily') }} as patterns
    inner join newest on patterns.cluster_id = newest.cluster_id
    where patterns.query_day >= {{ week }}
    group by patterns.cluster_id, patterns.query_hash
),

four_weeks_of_patterns as (
    select
        patterns.cluster_id,
        patterns.query_hash,
        sum(patterns.query_count) as query_count,
        sum(patterns.execution_time_us) as execution_time_us
    from {{ ref('query_patterns_daily') }} as patterns
    inner join newest on patterns.cluster_id = newest.cluster_id
    where
        patterns.query_day < {{ week }}
        and patterns.query_day >= {{ dbt.dateadd('day', -34, 'cast(newest.synced_at as date)') }}
    group by patterns.cluster_id, patterns.query_hash
),

spilling as (
    select
        cluster_id,
        'spilling pattern' as check_name,
        'warning' as severity,
        cast(null as varchar(256)) as database_name,
        'pattern ' || query_hash as object_name,
        cast(spilled_blocks as double precision) * 8 / 1048576 as measured,
        'GB spilled in 7 days' as unit,
        cast({{ var('findings_spill_gb') }} as double precision) as threshold,
        'Ran ' || cast(query_count as varchar(20)) || ' times, spilled ' || cast(spilling_count as varchar(20))
        || ' times: intermediate results did not fit into memory. Ask ' || user_name || '.' as reason,
        cast(null as varchar(1024)) as statement
    from week_of_patterns
    where
        spilling_count >= {{ var('findings_spill_count') }}
        and cast(spilled_blocks as double precision) * 8 / 1048576 > {{ var('findings_spill_gb') }}
),

failing as (
    select
        cluster_id,
        'failing pattern' as check_name,
        'warning' as severity,
        cast(null as varchar(256)) as database_name,
        'pattern ' || query_hash as object_name,
        100 * cast(failed_count as double precision) / query_count as measured,
        'percent failed in 7 days' as unit,
        cast({{ var('findings_failed_pct') }} as double precision) as threshold,
        'Failed ' || cast(failed_count as varchar(20)) || ' of ' || cast(query_count as varchar(20)) || ' times. Ask '
        || user_name || '.' as reason,
        cast(null as varchar(1024)) as statement
    from week_of_patterns
    where
        failed_count >= {{ var('findings_failed_count') }}
        and 100 * failed_count > {{ var('findings_failed_pct') }} * query_count
),

slower as (
    select
        week.cluster_id,
        'slower pattern' as check_name,
        'warning' as severity,
        cast(null as varchar(256)) as database_name,
        'pattern ' || week.query_hash as object_name,
        (cast(week.execution_time_us as double precision) / week.query_count)
        / (cast(base.execution_time_us as double precision) / base.query_count) as measured,
        'times its own four weeks before' as unit,
        cast({{ var('findings_slower_factor') }} as double precision) as threshold,
        'Mean execution time of the last 7 days against the 28 before. Ask ' || week.user_name || '.' as reason,
        cast(null as varchar(1024)) as statement
    from week_of_patterns as week
    inner join four_weeks_of_patterns as base
        on week.cluster_id = base.cluster_id and week.query_hash = base.query_hash
    where
        -- A handful of runs is no baseline, and what takes a moment may double.
        week.query_count >= {{ var('findings_slower_min_count') }}
        and base.query_count >= {{ var('findings_slower_min_count') }}
        and base.execution_time_us > 0
        and week.execution_time_us >= 1000000 * {{ var('findings_slower_min_seconds') }} * week.query_count
        and cast(week.execution_time_us as double precision) / week.query_count
        > {{ var('findings_slower_factor') }} * cast(base.execution_time_us as double precision) / base.query_count
),

waits as (
    -- Whole milliseconds: a sum of fractions would depend on the order of the rows.
    select
        days.cluster_id,
        days.queue_name,
        cast(sum(cast(round(1000 * days.queue_seconds) as bigint)) as double precision) / 1000 as queue_seconds,
        cast(sum(cast(round(1000 * days.execution_seconds) as bigint)) as double precision) / 1000 as execution_seconds
    from {{ ref('query_performance_daily') }} as days
    inner join newest on days.cluster_id = newest.cluster_id
    where days.query_day >= {{ week }}
    group by days.cluster_id, days.queue_name
),

queueing as (
    select
        cluster_id,
        'queueing' as check_name,
        'warning' as severity,
        cast(null as varchar(256)) as database_name,
        'queue ' || case when queue_name = '' then '(default)' else queue_name end as object_name,
        100 * queue_seconds / nullif(queue_seconds + execution_seconds, 0) as measured,
        'percent of the time waited, in 7 days' as unit,
        cast({{ var('findings_queue_pct') }} as double precision) as threshold,
        'Queries wait for a slot: more concurrency, concurrency scaling or another queue.' as reason,
        cast(null as varchar(1024)) as statement
    from waits
    where
        queue_seconds >= {{ var('findings_queue_min_seconds') }}
        and 100 * queue_seconds > {{ var('findings_queue_pct') }} * (queue_seconds + execution_seconds)
),

-- A later run that finished has made it good.
last_vacuums as (
    select
        cluster_id,
        database_name,
        schema,
        table_name,
        max(case when status = 'Finished' then end_time end) as finished_at
    from {{ ref('vacuum_effectiveness') }}
    where start_time >= (select min({{ week }}) from newest)
    group by cluster_id, database_name, schema, table_name
),

failed_vacuums as (
    select
        runs.cluster_id,
        'failed vacuum' as check_name,
        'warning' as severity,
        runs.database_name,
        {{ quoted('runs.schema') }} || '.' || {{ quoted('runs.table_name') }} as object_name,
        cast(count(*) as double precision) as measured,
        'runs failed in 7 days and none finished since' as unit,
        cast(0 as double precision) as threshold,
        'A VACUUM began and did not finish: query_history has its statement and its error.' as reason,
        -- What is not one of VACUUM's own words, or has no name, is nobody's to run.
        case
            when max(runs.vacuum_type) in ('FULL', 'SORT ONLY', 'DELETE ONLY') and runs.table_name <> 'unknown'
                then 'VACUUM ' || max(runs.vacuum_type) || ' ' || {{ quoted('runs.schema') }} || '.' || {{ quoted('runs.table_name') }}
                    || ' TO 100 PERCENT;'
        end as statement
    from {{ ref('vacuum_effectiveness') }} as runs
    inner join newest on runs.cluster_id = newest.cluster_id
    inner join last_vacuums
        on
            runs.cluster_id = last_vacuums.cluster_id
            and runs.database_name = last_vacuums.database_name
            and runs.schema = last_vacuums.schema
            and runs.table_name = last_vacuums.table_name
    where
        runs.status = 'Failed'
        and runs.start_time >= {{ week }}
        and (last_vacuums.finished_at is null or last_vacuums.finished_at < runs.start_time)
    group by runs.cluster_id, runs.database_name, runs.schema, runs.table_name
),

idle_vacuums as (
    select
        runs.cluster_id,
        'vacuum gives nothing back' as check_name,
        'info' as severity,
        runs.database_name,
        {{ quoted('runs.schema') }} || '.' || {{ quoted('runs.table_name') }} as object_name,
        cast(count(*) as double precision) as measured,
        'runs in 7 days that gave back no block' as unit,
        cast({{ var('findings_idle_vacuums') }} as double precision) as threshold,
        'Long transactions keep the deleted rows alive, or the schedule is too eager.' as reason,
        cast(null as varchar(1024)) as statement
    from {{ ref('vacuum_effectiveness') }} as runs
    inner join newest on runs.cluster_id = newest.cluster_id
    where
        runs.status = 'Finished'
        and not runs.is_automatic
        and runs.start_time >= {{ week }}
        and runs.reclaimable_gb > 0
        and runs.reclaimed_gb = 0
    group by runs.cluster_id, runs.database_name, runs.schema, runs.table_name
    having count(*) > {{ var('findings_idle_vacuums') }}
),

-- Whose rows could not be read says nothing, and that is no all-clear.
last_syncs as (
    select
        runs.cluster_id,
        max(runs.synced_at) as synced_at
    from {{ source('staging', 'sync_runs') }} as runs
    group by runs.cluster_id
),

unread_views as (
    select
        runs.cluster_id,
        'view not read' as check_name,
        'warning' as severity,
        runs.database_name,
        runs.view_name as object_name,
        cast(count(*) as double precision) as measured,
        'times failed in the newest sync' as unit,
        cast(0 as double precision) as threshold,
        'The checks that need it are silent or old. `qupersync check` says what to grant, `qupersync status` what failed.' as reason,
        cast(null as varchar(1024)) as statement
    from {{ source('staging', 'sync_runs') }} as runs
    inner join last_syncs on runs.cluster_id = last_syncs.cluster_id and runs.synced_at = last_syncs.synced_at
    where runs.outcome = 'failed'
    group by runs.cluster_id, runs.database_name, runs.view_name
),

stale_syncs as (
    select
        newest.cluster_id,
        'stale sync' as check_name,
        case
            when newest.synced_at < {{ dbt.dateadd('hour', -var('findings_stale_critical_hours'), build_time()) }} then 'critical' else 'warning'
        end as severity,
        cast(null as varchar(256)) as database_name,
        'cluster' as object_name,
        {{ seconds_between('newest.synced_at', build_time()) }} / 3600 as measured,
        'hours without a sync' as unit,
        cast({{ var('findings_stale_hours') }} as double precision) as threshold,
        'Redshift keeps about seven days: what is not synced by then is lost. Everything else here is as old as that.' as reason,
        cast(null as varchar(1024)) as statement
    from newest
    where newest.synced_at < {{ dbt.dateadd('hour', -var('findings_stale_hours'), build_time()) }}
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
select * from uneven_nodes
union all
select * from spilling
union all
select * from failing
union all
select * from slower
union all
select * from queueing
union all
select * from failed_vacuums
union all
select * from idle_vacuums
union all
select * from gaps
union all
select * from stale_syncs
union all
select * from unread_views
