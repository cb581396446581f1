{#- Whether this dbt command builds a model of this package: only then its hooks do anything. Commands that read only, and runs of the
    other models of a project that uses this package, change nothing. -#}
{%- macro builds_own_models() -%}
    {{- return(execute and flags.WHICH in ('build', 'run') and selected_own_models() | length > 0) -}}
{%- endmacro -%}
