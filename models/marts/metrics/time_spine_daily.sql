-- A view: the days of the history follow from the entities, so no build adds any. Each sync is a query itself, so query_history
-- begins no later than the other histories; latest_snapshots adds the day of snapshots that were taken after the last query.
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

-- 27 years.
numbers as (
    {{ dbt.generate_series(10000) }}
)

select cast({{ dbt.dateadd('day', 'cast(numbers.generated_number as integer) - 1', 'span.first_day') }} as date) as date_day
from span
inner join numbers on span.last_number >= numbers.generated_number - 1
