-- A query is charged in each hour that it executed in, at the rate of that hour.
with starting as (
    {{ executions('1 = 1') }}
),

rates as (
    select
        cluster_id,
        cost_hour,
        usage_us_per_execution_us,
        cost_billionths_per_execution_us
    from {{ ref('cost_rates_hourly') }}
),

carried as (
    select
        carried.cluster_id,
        carried.query_id,
        carried.start_time,
        sum(carried.to_us - carried.from_us) as execution_us,
        count(*) as hours,
        count(rates.usage_us_per_execution_us) as billed_hours,
        count(rates.cost_billionths_per_execution_us) as priced_hours,
        -- Decimals: a sum of floating point numbers would depend on the order of the rows.
        sum(cast((carried.to_us - carried.from_us) * rates.usage_us_per_execution_us as numeric(38, 6))) as usage_us,
        sum(cast((carried.to_us - carried.from_us) * rates.cost_billionths_per_execution_us as numeric(38, 6))) as cost_billionths
    from {{ ref('carried_executions') }} as carried
    left join rates on carried.cluster_id = rates.cluster_id and carried.cost_hour = rates.cost_hour
    where carried.to_us > carried.from_us
    group by carried.cluster_id, carried.query_id, carried.start_time
),

parts as (
    select
        starting.*,
        least(starting.to_us, {{ hour_us() }}) - least(starting.from_us, {{ hour_us() }}) as first_us,
        rates.usage_us_per_execution_us,
        rates.cost_billionths_per_execution_us,
        coalesce(carried.execution_us, 0) as carried_us,
        case when carried.query_id is null then 0 when carried.billed_hours = carried.hours then carried.usage_us end as carried_usage_us,
        case when carried.query_id is null then 0 when carried.priced_hours = carried.hours then carried.cost_billionths end as carried_cost_billionths
    from starting
    left join rates on starting.cluster_id = rates.cluster_id and starting.start_hour = rates.cost_hour
    left join carried
        on
            starting.cluster_id = carried.cluster_id
            and starting.query_id = carried.query_id
            and starting.start_time = carried.start_time
)

select
    cluster_id,
    query_id,
    start_time,
    cast(query_hash as varchar(32)) as query_hash,
    user_name,
    application_name,
    query_type,
    cast(query_label as varchar(320)) as query_label,
    cast(dbt_node_id as varchar(512)) as dbt_node_id,
    cast(first_us + carried_us as bigint) as execution_us,
    cast(carried_usage_us as double precision) + case when first_us > 0 then first_us * usage_us_per_execution_us else 0 end as usage_us,
    (
        cast(carried_cost_billionths as double precision)
        + case when first_us > 0 then first_us * cost_billionths_per_execution_us else 0 end
    ) / 1000000000 as cost
from parts
