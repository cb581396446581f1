{#- Condition that leaves out QuperSync's own queries: it labels its sessions `qupersync`. `queries` is the alias of
    query_history in the caller's FROM clause, if there is one. -#}
{%- macro exclude_own_queries(queries=none) -%}
    {%- if var('include_own_queries', false) -%}
    1 = 1
    {%- else -%}
    coalesce({{ queries ~ '.' if queries }}query_label, '') <> 'qupersync'
    {%- endif -%}
{%- endmacro -%}
