{#- The indexes of a model, for its config. Redshift has none: dist and sort keys in the same config serve its access paths. -#}
{%- macro supported_indexes(indexes) -%}
    {{- return(adapter.dispatch('supported_indexes', 'qupersync')(indexes)) -}}
{%- endmacro -%}

{%- macro default__supported_indexes(indexes) -%}{{ unsupported_adapter('supported_indexes') }}{%- endmacro -%}
{%- macro postgres__supported_indexes(indexes) -%}{{ return(indexes) }}{%- endmacro -%}
{%- macro redshift__supported_indexes(indexes) -%}{{ return([]) }}{%- endmacro -%}
