{{ config(
    unique_key=['cluster_id', 'subject', 'database_name'],
    post_hook="{{ mark_absorbed() }}"
) }}

with syncs as (
    {{ syncs_to_absorb() }}
),

complete as (
    select
        runs.cluster_id,
        'tables' as subject,
        coalesce(runs.database_name, '') as database_name,
        runs.sync_id,
        runs.synced_at
    from {{ source('staging', 'sync_runs') }} as runs
    {{ only_syncs('runs') }}
    where runs.view_name = 'svv_table_info' and runs.outcome = 'ok'
    union all
    -- A node is three views: a snapshot of it needs all of them.
    select
        nodes.cluster_id,
        'nodes' as subject,
        '' as database_name,
        nodes.sync_id,
        nodes.synced_at
    from ({{ complete_node_syncs() }}) as nodes
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
