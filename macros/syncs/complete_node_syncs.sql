{#- Those of `syncs` (a relation in the caller's WITH list) that read all three views a node is made of: cluster_id, sync_id,
    synced_at. -#}
{%- macro complete_node_syncs(syncs, bounds) -%}
    select runs.cluster_id, runs.sync_id, runs.synced_at
    from {{ source('qupersync_staging', 'sync_runs') }} as runs
    {{ only_syncs('runs', syncs, bounds) }}
    where
        runs.view_name in ('stv_slices', 'stv_node_storage_capacity', 'stv_partitions')
        and runs.outcome = 'ok'
    group by runs.cluster_id, runs.sync_id, runs.synced_at
    having count(distinct runs.view_name) = 3
{%- endmacro -%}
