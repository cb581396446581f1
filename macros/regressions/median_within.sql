{#- Two CTEs, the last one `name`: the rows of `rows`, each with the median of a column within its `group` (columns) as
    median_of_<column>. Neither engine has a median that both take as a window function. -#}
{%- macro median_within(name, rows, column, group) -%}
    ranked_{{ name }} as (
        select
            {{ rows }}.*,
            row_number() over (partition by {{ group }} order by {{ column }}) as value_rank,
            count(*) over (partition by {{ group }}) as value_count
        from {{ rows }}
    ),

    middle_{{ name }} as (
        select
            ranked_{{ name }}.*,
            case when 2 * value_rank between value_count and value_count + 2 then {{ column }} end as middle_value
        from ranked_{{ name }}
    ),

    {{ name }} as (
        select
            middle_{{ name }}.*,
            avg(cast(middle_value as double precision)) over (partition by {{ group }}) as median_of_{{ column }}
        from middle_{{ name }}
    )
{%- endmacro -%}
