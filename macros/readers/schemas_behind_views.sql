{#- Schemas whose USAGE a reader of our views needs beside that of the views themselves. Redshift asks for it where a late-binding view
    is read; PostgreSQL asks the view's owner. -#}
{%- macro schemas_behind_views() -%}{{- return(adapter.dispatch('schemas_behind_views', 'qupersync')()) -}}{%- endmacro -%}

{%- macro default__schemas_behind_views() -%}{{ unsupported_adapter('schemas_behind_views') }}{%- endmacro -%}

{%- macro postgres__schemas_behind_views() -%}{{- return([]) -}}{%- endmacro -%}

{%- macro redshift__schemas_behind_views() -%}
    {{- return([staging_schema(), (own_models() | selectattr('name', 'equalto', 'stg_clusters') | first).schema]) -}}
{%- endmacro -%}
