{#- Which syncs are taken up, and the record of it.

    dlt commits table by table, and a slow cluster's load may land after a fast one's. So a sync counts when its load is
    complete, and is taken up per cluster: stamps only grow within a cluster (qupersync.source sees to that). -#}

{%- macro absorbing_models() -%}
    {{ return([
        'query_history', 'table_stats_history', 'vacuum_history', 'node_details_history', 'latest_snapshots',
        'serverless_usage_history'
    ]) }}
{%- endmacro -%}


{#- Complete syncs: cluster_id, sync_id, synced_at. -#}
{%- macro complete_syncs() -%}
    select runs.cluster_id, runs.sync_id, runs.synced_at
    from {{ source('staging', 'sync_runs') }} as runs
    inner join {{ source('dlt', '_dlt_loads') }} as loads
        on runs._dlt_load_id = loads.load_id
    where loads.status = 0
    group by runs.cluster_id, runs.sync_id, runs.synced_at
{%- endmacro -%}


{#- The syncs that this model has not taken up: all complete ones when it is built from nothing. -#}
{%- macro syncs_to_absorb() -%}
    {%- if is_incremental() -%}
    select pending.cluster_id, pending.sync_id, pending.synced_at
    from {{ ref('pending_syncs') }} as pending
    left join {{ ref('absorbed_syncs') }} as absorbed
        on absorbed.entity = '{{ this.name }}'
        and pending.cluster_id = absorbed.cluster_id
    where absorbed.absorbed_until is null or pending.synced_at > absorbed.absorbed_until
    {%- else -%}
    -- depends_on: {{ ref('pending_syncs') }}
    -- depends_on: {{ ref('absorbed_syncs') }}
    {{ complete_syncs() }}
    {%- endif -%}
{%- endmacro -%}


{#- Of the syncs that an incremental model takes up: their clusters, the first and the last time; none where it is built
    from nothing. Asked for beforehand, so that statements have literals: a planner's statistics and zone maps know how few
    rows those are, which a join does not tell. -#}
{%- macro pending_edges() -%}
    {%- if execute and is_incremental() and load_relation(ref('pending_syncs')) -%}
        {%- set rows = run_query(
            'select cluster_id, min(synced_at), max(synced_at) from (' ~ syncs_to_absorb() ~ ') as pending group by cluster_id'
        ).rows -%}
        {#- Without any a span that holds no time: nothing is looked for. -#}
        {{- return({
            'clusters': rows | map(attribute=0) | list,
            'first': rows | map(attribute=1) | min if rows else modules.datetime.datetime(9999, 12, 31),
            'last': rows | map(attribute=2) | max if rows else modules.datetime.datetime(1900, 1, 1),
        }) -}}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro -%}


{#- Restricts staged rows to those syncs. -#}
{%- macro only_syncs(rows, syncs='syncs') -%}
    {%- set edges = pending_edges() -%}
    inner join {{ syncs }} on {{ rows }}.cluster_id = {{ syncs }}.cluster_id and {{ rows }}.sync_id = {{ syncs }}.sync_id
        and {{ rows }}.synced_at = {{ syncs }}.synced_at
        {%- if edges and edges.clusters %}
        and {{ rows }}.cluster_id in (
            {%- for name in edges.clusters %}'{{ name | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor -%}
        )
        {%- endif %}
        {%- if edges %}
        and {{ rows }}.synced_at between cast('{{ edges.first }}' as timestamp) and cast('{{ edges.last }}' as timestamp)
        {%- endif %}
{%- endmacro -%}


{#- After a model's rows: what it has taken up, in the same transaction. Repeating a sync would be harmless. -#}
{%- macro mark_absorbed() -%}
    {%- set ledger = ref('absorbed_syncs') -%}
    {%- set pending = ref('pending_syncs') -%}
    delete from {{ ledger }}
    where entity = '{{ this.name }}' and cluster_id in (
        select pending.cluster_id from {{ pending }} as pending
        where pending.synced_at > {{ ledger }}.absorbed_until
    );
    insert into {{ ledger }} (entity, cluster_id, absorbed_until)
    select '{{ this.name }}', pending.cluster_id, max(pending.synced_at)
    from {{ pending }} as pending
    where pending.cluster_id not in (select done.cluster_id from {{ ledger }} as done where done.entity = '{{ this.name }}')
    group by pending.cluster_id
{%- endmacro -%}


{#- Of the model's `syncs`, those that read all three views of a node. -#}
{%- macro complete_node_syncs() -%}
    select runs.cluster_id, runs.sync_id, runs.synced_at
    from {{ source('staging', 'sync_runs') }} as runs
    {{ only_syncs('runs') }}
    where
        runs.view_name in ('stv_slices', 'stv_node_storage_capacity', 'stv_partitions')
        and runs.outcome = 'ok'
    group by runs.cluster_id, runs.sync_id, runs.synced_at
    having count(distinct runs.view_name) = 3
{%- endmacro -%}


{#- The newest sync of each cluster that read something: cluster_id, synced_at. -#}
{%- macro newest_syncs() -%}
    select
        runs.cluster_id,
        max(runs.synced_at) as synced_at
    from {{ source('staging', 'sync_runs') }} as runs
    where runs.outcome = 'ok'
    group by runs.cluster_id
{%- endmacro -%}
