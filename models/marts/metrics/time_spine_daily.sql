-- A view: the days follow from the daily marts, so no build adds any. Costs have a row for each day with a snapshot or a charge.
with ends as (
    select
        min(query_day) as first_day,
        max(query_day) as last_day
    from {{ ref('query_performance_daily') }}
    union all
    select
        min(cost_day) as first_day,
        max(cost_day) as last_day
    from {{ ref('cluster_cost_daily') }}
),

span as (
    select
        min(first_day) as first_day,
        {{ dbt.datediff('min(first_day)', 'max(last_day)', 'day') }} as last_number
    from ends
),

-- 27 years of days.
numbers as (
    {{ whole_numbers(4) }}
)

select cast({{ dbt.dateadd('day', 'numbers.number', 'span.first_day') }} as date) as date_day
from span
inner join numbers on span.last_number >= numbers.number
