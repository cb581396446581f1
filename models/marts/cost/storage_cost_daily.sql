{%- set month = "date_trunc('month', cast(filled.cost_day as timestamp))" %}
-- Storage is charged whether a cluster runs or not: a day without an hour in the bill has what the last one had.
with days as (
    select
        cluster_id,
        cast(cost_hour as date) as cost_day,
        max(node_type) as node_type,
        avg(cast(storage_mb as double precision)) / 1024 as storage_gb
    from {{ ref('billed_hours') }}
    where
        storage_mb is not null
        -- The disks of these nodes are part of their price.
        and node_type not like 'dc%'
        and node_type not like 'ds%'
    group by cluster_id, cast(cost_hour as date)
),

spans as (
    select
        days.*,
        lead(cost_day) over (partition by cluster_id order by cost_day) as next_day
    from days
),

numbers as (
    {{ whole_numbers(3) }}
),

filled as (
    select
        spans.cluster_id,
        cast({{ dbt.dateadd('day', 'numbers.number', 'spans.cost_day') }} as date) as cost_day,
        spans.node_type,
        spans.storage_gb,
        numbers.number > 0 as is_filled
    from spans
    inner join numbers
        on numbers.number < case when spans.next_day is null then 1 else {{ dbt.datediff('spans.cost_day', 'spans.next_day', 'day') }} end
),

priced as (
    select
        filled.*,
        {{ price_of('filled', settings=[('storage_gb_month_prices', 'cluster_id')], time='cost_day') }} as price_billionths,
        {{ dbt.datediff(month, dbt.dateadd('month', 1, month), 'day') }} as days_of_month
    from filled
)

select
    cluster_id,
    cost_day,
    cast(node_type as varchar(64)) as node_type,
    storage_gb,
    is_filled,
    cast(price_billionths as double precision) / 1000000000 as price,
    storage_gb * cast(price_billionths as double precision) / 1000000000 / days_of_month as cost
from priced
