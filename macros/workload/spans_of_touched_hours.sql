{#- A SELECT of the hours that the queries of `history` built after `since` touch, as spans: cluster, first and last hour, and the hour
    of the earliest start of a query that reaches into them. `hours` is the mart with its rows of before; `oldest` is the first of the starts. See
    touched_hours. -#}
{%- macro spans_of_touched_hours(history, hours, since, oldest) -%}
    with changed as (
        select
            cluster_id,
            date_trunc('hour', start_time) as first_hour,
            date_trunc('hour', max(end_time)) as last_hour,
            min(start_time) as oldest_start_time
        from {{ history }}
        where built_at > cast('{{ since }}' as timestamp)
        group by cluster_id, date_trunc('hour', start_time)
    ),

    hours as (
        select
            cluster_id,
            query_hour,
            min(oldest_start_time) as oldest_start_time
        from {{ hours }}
        where query_day >= cast('{{ oldest.date() }}' as date)
        group by cluster_id, query_hour
    ),

    -- Where the changed queries may have counted before.
    covered as (
        select
            changed.cluster_id,
            changed.first_hour,
            greatest(changed.last_hour, max(coalesce(hours.query_hour, changed.first_hour))) as last_hour,
            changed.oldest_start_time
        from changed
        left join hours
            on
                changed.cluster_id = hours.cluster_id
                and changed.first_hour <= hours.query_hour
                and hours.oldest_start_time < {{ dbt.dateadd('hour', 1, 'changed.first_hour') }}
        group by changed.cluster_id, changed.first_hour, changed.last_hour, changed.oldest_start_time
    ),

    reached as (
        select
            covered.*,
            max(last_hour) over (
                partition by cluster_id order by first_hour rows between unbounded preceding and 1 preceding
            ) as reached_hour
        from covered
    ),

    numbered as (
        select
            reached.*,
            sum(case when first_hour <= {{ dbt.dateadd('hour', 1, 'reached_hour') }} then 0 else 1 end) over (
                partition by cluster_id order by first_hour rows between unbounded preceding and current row
            ) as span_number
        from reached
    ),

    spans as (
        select
            cluster_id,
            min(first_hour) as first_hour,
            max(last_hour) as last_hour,
            min(oldest_start_time) as oldest_start_time
        from numbered
        group by cluster_id, span_number
    )

    select
        spans.cluster_id,
        spans.first_hour,
        spans.last_hour,
        date_trunc('hour', least(spans.oldest_start_time, min(coalesce(hours.oldest_start_time, spans.oldest_start_time)))) as reads_from
    from spans
    left join hours
        on spans.cluster_id = hours.cluster_id and hours.query_hour between spans.first_hour and spans.last_hour
    group by spans.cluster_id, spans.first_hour, spans.last_hour, spans.oldest_start_time
    order by spans.cluster_id, spans.first_hour
{%- endmacro -%}
