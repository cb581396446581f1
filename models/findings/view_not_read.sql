-- Without rows of a view its checks find nothing, which must not be taken for an all-clear.
with newest as (
    select
        cluster_id,
        max(synced_at) as synced_at
    from {{ source('qupersync_staging', 'sync_runs') }}
    group by cluster_id
),

failures as (
    select
        runs.cluster_id,
        runs.database_name,
        runs.view_name,
        count(*) as failure_count
    from {{ source('qupersync_staging', 'sync_runs') }} as runs
    inner join newest on runs.cluster_id = newest.cluster_id and runs.synced_at = newest.synced_at
    where runs.outcome = 'failed'
    group by runs.cluster_id, runs.database_name, runs.view_name
)

select
    {{ finding(
        check='view not read',
        severity='warning',
        database_name='database_name',
        object_name='view_name',
        measured='failure_count',
        unit='failures in the newest sync',
        threshold=0,
        reason='Checks that need this view find nothing new. `qupersync check` prints missing GRANTs, `qupersync status` the error.'
    ) }}
from failures
