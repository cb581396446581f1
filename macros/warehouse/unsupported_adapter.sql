{#- Stops the build: a macro has no variant for this database, and PostgreSQL's would be wrong there. -#}
{%- macro unsupported_adapter(macro_name) -%}
    {%- do exceptions.raise_compiler_error(
        'QuperSync does not support dbt adapter ' ~ target.type ~ ': macro ' ~ macro_name ~ ' has variants for postgres and redshift only. '
        ~ 'Use one of these as the target, or add ' ~ target.type ~ '__' ~ macro_name ~ '.'
    ) -%}
{%- endmacro -%}
