{#- Post-hook of a daily mart: deletes the days before the last `keep_days` (a var: mart → days); by default none. The entities keep
    their rows, so `dbt build --full-refresh` restores a mart's days. -#}
{%- macro drop_old_days(day) -%}
    {%- set keep = var('keep_days', {}).get(this.name) -%}
    {%- if keep -%}
        {%- set oldest = run_started_at.date() - modules.datetime.timedelta(days=keep | int) -%}
    delete from {{ this }} where {{ day }} < cast('{{ oldest }}' as date)
    {%- endif -%}
{%- endmacro -%}
