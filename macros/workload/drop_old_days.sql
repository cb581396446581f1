{#- Post-hook of a daily mart: deletes the days before the last `keep_days` (a var: mart → days); by default none. The entities keep
    their rows, so `dbt build --full-refresh` restores a mart's days. -#}
{%- macro drop_old_days(day) -%}
    {%- set wanted = var('keep_days', {}) -%}
    {%- set keep = wanted.get(this.name) if wanted is mapping else wanted -%}
    {#- A project that uses this package may have a var of the same name, with another meaning. -#}
    {%- if wanted is not mapping or (keep is not none and not (keep is integer and keep is not boolean and keep > 0)) -%}
        {%- do exceptions.raise_compiler_error(
            'The var keep_days must give each mart a number of days above 0, such as {query_performance_daily: 730}; for ' ~ this.name
            ~ ' it gives ' ~ keep ~ '. Set it under vars: {qupersync: …} where your project has another var of that name.'
        ) -%}
    {%- endif -%}
    {%- if keep and not is_empty_build() -%}
        {%- set oldest = run_started_at.date() - modules.datetime.timedelta(days=keep) -%}
    delete from {{ this }} where {{ day }} < cast('{{ oldest }}' as date)
    {%- endif -%}
{%- endmacro -%}
