{#- The schema that syncs load into, which is that of all sources of this package. -#}
{%- macro staging_schema() -%}
    {{- return((own_sources() | first).schema) -}}
{%- endmacro -%}
