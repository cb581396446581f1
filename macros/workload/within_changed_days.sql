{#- Join condition of `rows` with `days` (relations in the caller's FROM clause, the second of changed_days), within the span. -#}
{%- macro within_changed_days(rows, days, span) -%}
    {{ rows }}.cluster_id = {{ days }}.cluster_id
    and {{ rows }}.start_time >= {{ days }}.day_start and {{ rows }}.start_time < {{ days }}.day_end
    and {{ rows }}.start_time >= cast('{{ span.first }}' as timestamp)
    and {{ rows }}.start_time < {{ dbt.dateadd('day', 1, "cast('" ~ span.last ~ "' as timestamp)") }}
{%- endmacro -%}
