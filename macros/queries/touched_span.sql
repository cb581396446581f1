{#- Of the queries that an increment of query_history rebuilds: `first` and `last` start_time, and `connected_since` (see
    touched_queries). Asked beforehand, so that the model's look-ups in staging carry literal bounds. -#}
{%- macro touched_span(bounds) -%}
    {%- set none_yet = modules.datetime.datetime(9999, 12, 31) -%}
    {%- set span = {'connected_since': none_yet, 'first': none_yet, 'last': modules.datetime.datetime(1900, 1, 1)} -%}
    {%- if execute and bounds.incremental and bounds.ranges -%}
        {%- set syncs = 'with syncs as (' ~ syncs_to_apply(bounds) ~ ')' -%}
        {%- set connected_since = run_query(
            syncs ~ ' select min(connections.record_time) from ' ~ ref('stg_sys_connection_log') ~ ' as connections '
            ~ only_syncs('connections', 'syncs', bounds)
        ).rows[0][0] -%}
        {%- do span.update({'connected_since': connected_since or none_yet}) -%}
        {%- set touched = run_query(
            syncs ~ ', ' ~ touched_queries(bounds, span.connected_since) ~ ' select min(start_time), max(start_time) from touched'
        ).rows[0] -%}
        {%- if touched[0] is not none -%}{%- do span.update({'first': touched[0], 'last': touched[1]}) -%}{%- endif -%}
        {%- do commit_now() -%}
    {%- endif -%}
    {{- return(span) -}}
{%- endmacro -%}
