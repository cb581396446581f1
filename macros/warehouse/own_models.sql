{#- The models of this package: its hooks leave those of a project that uses it alone. -#}
{%- macro own_models() -%}
    {%- set models = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'qupersync' -%}
            {%- do models.append(node) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(models) -}}
{%- endmacro -%}
