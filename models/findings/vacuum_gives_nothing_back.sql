with idle as (
    select
        runs.cluster_id,
        runs.database_name,
        runs.schema,
        runs.table_name,
        count(*) as run_count
    from {{ ref('vacuum_effectiveness') }} as runs
    inner join {{ ref('newest_syncs') }} as newest on runs.cluster_id = newest.cluster_id
    where
        runs.status = 'Finished'
        and not runs.is_automatic
        and runs.start_time >= newest.week_start
        and runs.reclaimable_gb > 0
        and runs.reclaimed_gb = 0
    group by runs.cluster_id, runs.database_name, runs.schema, runs.table_name
)

select
    {{ finding(
        check='vacuum gives nothing back',
        severity='info',
        database_name='database_name',
        object_name=quoted_table('schema', 'table_name'),
        measured='run_count',
        unit='runs in 7 days that reclaimed no block',
        threshold=var('findings_idle_vacuums'),
        reason='Long transactions keep the deleted rows alive, or VACUUM is scheduled too often.'
    ) }}
from idle
where run_count > {{ var('findings_idle_vacuums') }}
