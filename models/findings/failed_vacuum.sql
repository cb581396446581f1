-- A run that finished later made up for a failed one.
with finished as (
    select
        cluster_id,
        database_name,
        schema,
        table_name,
        max(end_time) as finished_at
    from {{ ref('vacuum_effectiveness') }}
    where status = 'Finished' and start_time >= (select min(week_start) from {{ ref('newest_syncs') }})
    group by cluster_id, database_name, schema, table_name
),

failed as (
    select
        runs.cluster_id,
        runs.database_name,
        runs.schema,
        runs.table_name,
        -- No statement for a type that VACUUM has no option for, or for a table whose name is unknown.
        case
            when max(runs.vacuum_type) in ('FULL', 'SORT ONLY', 'DELETE ONLY') and runs.table_name <> 'unknown' then max(runs.vacuum_type)
        end as vacuum_option,
        count(*) as failed_count
    from {{ ref('vacuum_effectiveness') }} as runs
    inner join {{ ref('newest_syncs') }} as newest on runs.cluster_id = newest.cluster_id
    left join finished
        on
            runs.cluster_id = finished.cluster_id
            and runs.database_name = finished.database_name
            and runs.schema = finished.schema
            and runs.table_name = finished.table_name
    where
        runs.status = 'Failed'
        and runs.start_time >= newest.week_start
        and (finished.finished_at is null or finished.finished_at < runs.start_time)
    group by runs.cluster_id, runs.database_name, runs.schema, runs.table_name
)

select
    {{ finding(
        check='failed vacuum',
        severity='warning',
        database_name='database_name',
        object_name=quoted_table('schema', 'table_name'),
        measured='failed_count',
        unit='failed runs in 7 days, none finished since',
        threshold=0,
        reason='A VACUUM started and did not finish: query_history has its statement and its error.',
        statement='VACUUM {vacuum_option} {object} TO 100 PERCENT;'
    ) }}
from failed
