{#- The models and seeds that a model reads, through the ephemeral ones that are part of its SQL. -#}
{%- macro physical_parents(model) -%}
    {%- set parents = [] -%}
    {%- for name in model.depends_on.nodes if name in graph.nodes -%}
        {%- set parent = graph.nodes[name] -%}
        {%- if parent.config.materialized == 'ephemeral' -%}
            {%- do parents.extend(physical_parents(parent)) -%}
        {%- else -%}
            {%- do parents.append(parent) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(parents) -}}
{%- endmacro -%}
