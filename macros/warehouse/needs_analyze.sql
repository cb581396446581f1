{#- Whether the planner knows nothing of a new table until it is analyzed. Redshift gathers statistics by itself. -#}
{%- macro needs_analyze() -%}{{ return(adapter.dispatch('needs_analyze', 'qupersync')()) }}{%- endmacro -%}

{%- macro default__needs_analyze() -%}{{ unsupported_adapter('needs_analyze') }}{%- endmacro -%}
{%- macro postgres__needs_analyze() -%}{{ return(true) }}{%- endmacro -%}
{%- macro redshift__needs_analyze() -%}{{ return(false) }}{%- endmacro -%}
