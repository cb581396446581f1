{#- What changed since this mart was built last: the build time it knows, and the first and last day with a newer query.
    Asked for beforehand, so that the model's own statement has literals, which a planner and zone maps can use. -#}
{%- macro changed_span() -%}
    {%- set history = ref('query_history') -%}
    {%- set span = {'since': '1900-01-01', 'first': '1900-01-01', 'last': '1900-01-01'} -%}
    {%- if execute -%}
        {%- set since = run_query('select max(built_at) from ' ~ this).rows[0][0] -%}
        {%- do span.update({'since': since or '1900-01-01'}) -%}
        {%- set days = run_query(
            "select min(start_time), max(start_time) from " ~ history ~ " where built_at > cast('" ~ span.since ~ "' as timestamp)"
        ).rows[0] -%}
        {%- if days[0] is not none -%}
            {%- do span.update({'first': days[0].strftime('%Y-%m-%d'), 'last': days[1].strftime('%Y-%m-%d')}) -%}
        {%- endif -%}
    {%- endif -%}
    {{- return(span) -}}
{%- endmacro -%}


{#- Days with a query that is newer than the span's `since`: cluster_id, day_start, day_end. -#}
{%- macro changed_days(span) -%}
    select distinct
        queries.cluster_id,
        cast(cast(queries.start_time as date) as timestamp) as day_start,
        cast({{ dbt.dateadd('day', 1, 'cast(queries.start_time as date)') }} as timestamp) as day_end
    from {{ ref('query_history') }} as queries
    where queries.built_at > cast('{{ span.since }}' as timestamp)
{%- endmacro -%}


{#- Join condition of rows with those days, within the span. -#}
{%- macro within_day(rows, span) -%}
    {{ rows }}.cluster_id = days.cluster_id and {{ rows }}.start_time >= days.day_start and {{ rows }}.start_time < days.day_end
    and {{ rows }}.start_time >= cast('{{ span.first }}' as timestamp)
    and {{ rows }}.start_time < {{ dbt.dateadd('day', 1, "cast('" ~ span.last ~ "' as timestamp)") }}
{%- endmacro -%}


{#- After a mart's rows: those before the last `keep_days` (a var: mart → days) go. By default all stay. The entities
    keep theirs, so `dbt build --full-refresh` brings a mart's days back. -#}
{%- macro drop_old_days(day) -%}
    {%- set keep = var('keep_days', {}).get(this.name) -%}
    {%- if keep -%}
        {%- set oldest = run_started_at.date() - modules.datetime.timedelta(days=keep | int) -%}
    delete from {{ this }} where {{ day }} < cast('{{ oldest }}' as date)
    {%- endif -%}
{%- endmacro -%}
