{#- A relation without the limits of --empty and --sample. In a unit test it is a fixture, which has none. -#}
{%- macro whole_relation(relation) -%}
    {%- set limited = relation.limit is not none or relation.event_time_filter is not none -%}
    {{- return(relation.replace(limit=none, event_time_filter=none) if limited else relation) -}}
{%- endmacro -%}
