{#- Of the syncs that an incremental model is about to apply: their clusters, the first and the last synced_at; none when the model
    is built from nothing. Queried beforehand, so that statements carry literals: planner statistics and zone maps then show how
    few rows those syncs have, which a join does not. -#}
{%- macro pending_bounds() -%}
    {%- if execute and is_incremental() and load_relation(ref('pending_syncs')) -%}
        {%- set rows = run_query(
            'select cluster_id, min(synced_at), max(synced_at) from (' ~ syncs_to_apply() ~ ') as pending group by cluster_id'
        ).rows -%}
        {#- Without any pending sync an empty range, so that no row is looked for. -#}
        {{- return({
            'clusters': rows | map(attribute=0) | list,
            'first': rows | map(attribute=1) | min if rows else modules.datetime.datetime(9999, 12, 31),
            'last': rows | map(attribute=2) | max if rows else modules.datetime.datetime(1900, 1, 1),
        }) -}}
    {%- endif -%}
    {{- return(none) -}}
{%- endmacro -%}
