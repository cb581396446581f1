{#- SQL of a text with SQL expressions in braces: `node {node_id}` gives 'node ' || cast(node_id as varchar(1024)). NULL when one of
    the expressions is NULL. -#}
{%- macro sql_text(text) -%}
    {%- set parts = [] -%}
    {%- for part in modules.re.split('[{}]', text) -%}
        {%- if loop.index is even -%}
            {%- do parts.append('cast(' ~ part ~ ' as varchar(1024))') -%}
        {%- elif part -%}
            {%- do parts.append(qupersync.sql_literal(part)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- parts | join(' || ') -}}
{%- endmacro -%}
