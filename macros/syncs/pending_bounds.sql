{#- The syncs that this model is about to apply, as literals: `ranges`, a list of {cluster, first, last} (synced_at), and `first` and
    `last` of them all. `incremental`: without it the model is built from nothing and reads every complete sync.

    Asked once, when the model is compiled, in a transaction of its own. Planner statistics and zone maps show how few rows literal
    bounds leave, which a join does not show. And the model's transaction does not read the ledger, which other models write at the
    same time: under SERIALIZABLE one of them would fail. -#}
{%- macro pending_bounds() -%}
    {%- set pending, ledger = ref('pending_syncs'), ref('absorbed_syncs') -%}
    {#- Without any pending sync, and with --empty, an empty range, so that no row is looked for. -#}
    {%- set bounds = {
        'incremental': (is_incremental() and not rebuilds_table()) or is_empty_build(),
        'ranges': [],
        'first': modules.datetime.datetime(9999, 12, 31),
        'last': modules.datetime.datetime(1900, 1, 1),
    } -%}
    {#- In a unit test they are fixtures, without a schema. -#}
    {%- if execute and not is_empty_build() and pending.schema and load_relation(pending) and load_relation(ledger) -%}
        {%- set rows = run_query(
            'select pending.cluster_id, min(pending.synced_at), max(pending.synced_at) from ' ~ pending ~ ' as pending left join ('
            ~ 'select cluster_id, max(absorbed_until) as absorbed_until from ' ~ ledger ~ " where entity = '" ~ this.name
            ~ "' group by cluster_id) as applied on pending.cluster_id = applied.cluster_id where applied.absorbed_until is null"
            ~ ' or pending.synced_at > applied.absorbed_until group by pending.cluster_id order by pending.cluster_id'
        ).rows -%}
        {%- do commit_now() -%}
        {%- for row in rows -%}
            {%- do bounds.ranges.append({'cluster': row[0], 'first': row[1], 'last': row[2]}) -%}
            {%- do bounds.update({'first': [bounds.first, row[1]] | min, 'last': [bounds.last, row[2]] | max}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(bounds) -}}
{%- endmacro -%}
