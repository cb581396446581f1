{#- Complete syncs: cluster_id, sync_id, synced_at. dlt commits a load table by table, so a sync counts once its whole load is
    recorded as complete. -#}
{%- macro complete_syncs() -%}
    select runs.cluster_id, runs.sync_id, runs.synced_at
    from {{ source('staging', 'sync_runs') }} as runs
    inner join {{ source('dlt', '_dlt_loads') }} as loads
        on runs._dlt_load_id = loads.load_id
    where loads.status = 0
    group by runs.cluster_id, runs.sync_id, runs.synced_at
{%- endmacro -%}
