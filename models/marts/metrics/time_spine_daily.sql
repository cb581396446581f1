-- A view: the days follow from the histories, so no build adds any. Each sync is a query itself, so query_history begins no later
-- than the other histories; latest_snapshots adds the day of snapshots that were taken after the last finished query.
with ends as (
    select
        min(start_time) as first_time,
        max(start_time) as last_time
    from {{ ref('query_history') }}
    union all
    select
        min(synced_at) as first_time,
        max(synced_at) as last_time
    from {{ ref('latest_snapshots') }}
),

span as (
    select
        cast(min(first_time) as date) as first_day,
        {{ dbt.datediff('min(first_time)', 'max(last_time)', 'day') }} as last_number
    from ends
),

digits as (
    {% for digit in range(10) %}
        select {{ digit }} as digit
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- 0 to 9,999: 27 years of days.
numbers as (
    select thousands.digit * 1000 + hundreds.digit * 100 + tens.digit * 10 + ones.digit as number
    from digits as thousands
    cross join digits as hundreds
    cross join digits as tens
    cross join digits as ones
)

select cast({{ dbt.dateadd('day', 'numbers.number', 'span.first_day') }} as date) as date_day
from span
inner join numbers on span.last_number >= numbers.number
