{{ config(
    unique_key=['cluster_id', 'subject', 'database_name'],
    meta={'applies_syncs': true},
    pre_hook="{{ begin_applying_syncs() }}",
    post_hook="{{ record_applied_syncs() }}"
) }}
{%- set bounds = pending_bounds() %}

with syncs as (
    {{ syncs_to_apply(bounds) }}
),

complete as (
    select
        runs.cluster_id,
        cast('tables' as varchar(32)) as subject,
        coalesce(runs.database_name, '') as database_name,
        runs.sync_id,
        runs.synced_at
    from {{ source('qupersync_staging', 'sync_runs') }} as runs
    {{ only_syncs('runs', 'syncs', bounds) }}
    where runs.view_name = 'svv_table_info' and runs.outcome = 'ok'
    union all
    -- A node is described by three views: its snapshot is complete when all of them were read.
    select
        nodes.cluster_id,
        cast('nodes' as varchar(32)) as subject,
        cast('' as varchar(256)) as database_name,
        nodes.sync_id,
        nodes.synced_at
    from ({{ complete_node_syncs('syncs', bounds) }}) as nodes
),

newest as (
    {{ newest_of('complete', ['cluster_id', 'subject', 'database_name'], ['synced_at desc', 'sync_id']) }}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    cast(subject as varchar(32)) as subject,
    cast(database_name as varchar(256)) as database_name,
    cast(sync_id as varchar(64)) as sync_id,
    synced_at
from newest
