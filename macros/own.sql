{#- Condition that leaves out what this tool itself asked the cluster: it labels its sessions `qupersync`. -#}
{%- macro of_others(queries=none) -%}
    {%- if var('include_own_queries', false) -%}
    1 = 1
    {%- else -%}
    coalesce({{ queries ~ '.' if queries }}query_label, '') <> 'qupersync'
    {%- endif -%}
{%- endmacro -%}
