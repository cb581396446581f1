{#- The complete syncs that this model applies: cluster_id, sync_id, synced_at. `bounds`: see pending_bounds. dlt commits a load table by
    table, so a sync counts once its whole load is recorded as complete.

    A range per cluster, since a slow cluster's load may land after a faster one's; within a cluster synced_at only grows
    (qupersync.sync.source sees to that). The comments hand the new watermarks to the hooks of the model (see new_watermarks). -#}
{%- macro syncs_to_apply(bounds) -%}
    {%- for range in bounds.ranges %}
    -- applied until: {{ range.cluster }} {{ range.last }}
    {%- endfor %}
    select runs.cluster_id, runs.sync_id, runs.synced_at
    from {{ source('qupersync_staging', 'sync_runs') }} as runs
    inner join {{ source('qupersync_dlt', '_dlt_loads') }} as loads
        on runs._dlt_load_id = loads.load_id
    where
        loads.status = 0
        {%- if bounds.incremental %}
        and runs.synced_at between cast('{{ bounds.first }}' as timestamp) and cast('{{ bounds.last }}' as timestamp)
        and (
            {%- for range in bounds.ranges %}
            {{ 'or ' if not loop.first }}(
                runs.cluster_id = {{ sql_literal(range.cluster) }}
                and runs.synced_at between cast('{{ range.first }}' as timestamp) and cast('{{ range.last }}' as timestamp)
            )
            {%- else %}
            1 = 0
            {%- endfor %}
        )
        {%- endif %}
    group by runs.cluster_id, runs.sync_id, runs.synced_at
{%- endmacro -%}
