{%- set running, former = 'owners.running_execution_us', '(owners.running_execution_us - owners.execution_us)' %}
{%- set whole = 'nullif(rates.execution_us, 0)' %}

-- Shares are rounded by running sums: they sum up to the busy part of the hour, to the last unit.
with shares as (
    select
        rates.cluster_id,
        rates.cost_hour,
        rates.cost_day,
        owners.owner_kind,
        owners.owner,
        owners.query_count,
        owners.execution_us,
        {{ share_of('rates.busy_usage_us', running, whole) }} as running_usage_us,
        {{ share_of('rates.busy_usage_us', former, whole) }} as former_usage_us,
        {{ share_of('rates.busy_cost_billionths', running, whole) }} as running_cost_billionths,
        {{ share_of('rates.busy_cost_billionths', former, whole) }} as former_cost_billionths,
        rates.cost_billionths is not null as has_price
    from {{ ref('cost_rates_hourly') }} as rates
    inner join {{ ref('executed_hours_by_owner') }} as owners
        on rates.cluster_id = owners.cluster_id and rates.cost_hour = owners.cost_hour
    where owners.query_count > 0 or owners.execution_us > 0
),

kinds as (
    {% for kind in owner_kinds() %}
        select cast('{{ kind }}' as varchar(16)) as owner_kind
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

owned as (
    select
        shares.*,
        coalesce(running_usage_us - former_usage_us, 0) as usage_us,
        case when has_price then coalesce(running_cost_billionths - former_cost_billionths, 0) end as cost_billionths
    from shares
)

select
    cluster_id,
    cost_hour,
    cost_day,
    owner_kind,
    owner,
    false as is_idle,
    query_count,
    execution_us,
    usage_us,
    cost_billionths,
    cast(cost_billionths as double precision) / 1000000000 as cost
from owned
union all
select
    rates.cluster_id,
    rates.cost_hour,
    rates.cost_day,
    kinds.owner_kind,
    cast('idle' as varchar(512)) as owner,
    true as is_idle,
    cast(0 as bigint) as query_count,
    cast(0 as bigint) as execution_us,
    rates.idle_usage_us as usage_us,
    rates.idle_cost_billionths as cost_billionths,
    cast(rates.idle_cost_billionths as double precision) / 1000000000 as cost
from {{ ref('cost_rates_hourly') }} as rates
cross join kinds
