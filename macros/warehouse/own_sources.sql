{#- The sources of this package: its hooks leave those of a project that uses it alone. -#}
{%- macro own_sources() -%}
    {{- return(graph.sources.values() | selectattr('package_name', 'equalto', 'qupersync') | list if execute else []) -}}
{%- endmacro -%}
