{#- What a CREATE TABLE of a staging table ends with: the sort key that a sync gives it, on Redshift. -#}
{%- macro staging_sort_key(source) -%}{{- return(adapter.dispatch('staging_sort_key', 'qupersync')(source)) -}}{%- endmacro -%}

{%- macro default__staging_sort_key(source) -%}{{ unsupported_adapter('staging_sort_key') }}{%- endmacro -%}
{%- macro postgres__staging_sort_key(source) -%}{{ return('') }}{%- endmacro -%}
{%- macro redshift__staging_sort_key(source) -%}{{ return(' sortkey (synced_at)' if 'synced_at' in source.columns else '') }}{%- endmacro -%}
