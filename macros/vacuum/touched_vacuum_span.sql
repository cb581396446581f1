{#- Of the vacuum runs that an increment of vacuum_history rebuilds: their `first_xid` and `last_xid`, and the time `since` when their new
    rows and the runs themselves began. Asked beforehand, so that the model's look-ups in staging carry literal bounds. -#}
{%- macro touched_vacuum_span(bounds) -%}
    {%- set span = {'first_xid': 0, 'last_xid': 0, 'since': bounds.first} -%}
    {%- if execute and bounds.incremental and bounds.ranges -%}
        {%- set touched = run_query(
            'with syncs as (' ~ syncs_to_apply(bounds) ~ '), ' ~ touched_vacuums(bounds)
            ~ ' select min(xid), max(xid), min(start_time) from touched_rows'
        ).rows[0] -%}
        {%- do commit_now() -%}
        {%- if touched[0] is not none -%}
            {%- do span.update({'first_xid': touched[0], 'last_xid': touched[1], 'since': [touched[2], bounds.first] | min}) -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(span) -}}
{%- endmacro -%}
