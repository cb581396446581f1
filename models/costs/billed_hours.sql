{{ config(
    unique_key=['cluster_id', 'cost_hour', 'node_type'],
    meta={'bound': 'cost_hour'},
    indexes=supported_indexes([{'columns': ['cluster_id', 'cost_hour']}, {'columns': ['cluster_id', 'read_until']}]),
    sort=['cost_hour']
) }}
{%- set bills = changed_bills() %}

-- What a sync may have changed, as literals.
with bills as (
    {%- for bill in bills %}
    select
        cast({{ sql_literal(bill.cluster) }} as varchar(128)) as cluster_id,
        cast('{{ bill.read_until }}' as timestamp) as read_until,
        cast('{{ bill.nodes_from }}' as timestamp) as nodes_from,
        cast('{{ bill.days_from }}' as date) as days_from,
        cast('{{ bill.charges_from }}' as timestamp) as charges_from
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast('' as varchar(128)) as cluster_id,
        cast(null as timestamp) as read_until,
        cast(null as timestamp) as nodes_from,
        cast(null as date) as days_from,
        cast(null as timestamp) as charges_from
    where 1 = 0
    {%- endfor %}
),

-- A node that was removed during a day keeps its row of that day: only those of the day's last sync are a snapshot.
nodes as (
    select
        history.cluster_id,
        history.node_type,
        history.used_mb,
        history.synced_at,
        max(history.synced_at) over (partition by history.cluster_id, history.snapshot_date) as taken_at
    from {{ ref('node_details_history') }} as history
    inner join bills on history.cluster_id = bills.cluster_id and history.snapshot_date >= bills.days_from
    where history.snapshot_date >= cast('{{ bills | map(attribute='days_from') | min if bills else '9999-12-31' }}' as date)
),

types as (
    select
        cluster_id,
        taken_at,
        node_type,
        count(*) as node_count,
        sum(used_mb) as storage_mb
    from nodes
    where synced_at = taken_at
    group by cluster_id, taken_at, node_type
),

snapshots as (
    select
        cluster_id,
        taken_at,
        sum(node_count) as node_count,
        min(node_type) as first_type,
        max(node_type) as last_type
    from types
    group by cluster_id, taken_at
),

ordered as (
    select
        snapshots.*,
        lag(taken_at) over (partition by cluster_id order by taken_at) as former_at,
        lead(taken_at) over (partition by cluster_id order by taken_at) as next_at,
        lead(node_count) over (partition by cluster_id order by taken_at) as next_count,
        lead(first_type) over (partition by cluster_id order by taken_at) as next_first_type,
        lead(last_type) over (partition by cluster_id order by taken_at) as next_last_type
    from snapshots
),

-- Nodes are there from one snapshot to the next one, and on the first day since its begin.
spans as (
    select
        cluster_id,
        taken_at,
        taken_at as begins,
        next_at as ends,
        case
            when next_count <> node_count or next_first_type <> first_type or next_last_type <> last_type then cast('nodes changed between snapshots' as varchar(64))
            when {{ microseconds_between('taken_at', 'next_at') }} > {{ hour_us() }} * {{ var('cost_gap_hours') }} then cast('long gap between snapshots' as varchar(64))
        end as estimated_because
    from ordered
    where next_at is not null
    union all
    select
        cluster_id,
        taken_at,
        date_trunc('day', taken_at) as begins,
        taken_at as ends,
        cast('before the first snapshot' as varchar(64)) as estimated_because
    from ordered
    where former_at is null
),

numbers as (
    {{ whole_numbers(4) }}
),

span_hours as (
    select
        spans.cluster_id,
        spans.taken_at,
        spans.begins,
        spans.ends,
        spans.estimated_because,
        {{ dbt.dateadd('hour', 'numbers.number', "date_trunc('hour', spans.begins)") }} as cost_hour
    from spans
    inner join numbers on {{ dbt.datediff('spans.begins', 'spans.ends', 'hour') }} >= numbers.number
),

clipped as (
    select
        span_hours.cluster_id,
        span_hours.taken_at,
        span_hours.cost_hour,
        span_hours.estimated_because,
        greatest(span_hours.begins, span_hours.cost_hour) as begins,
        least(span_hours.ends, {{ dbt.dateadd('hour', 1, 'span_hours.cost_hour') }}) as ends
    from span_hours
    inner join bills on span_hours.cluster_id = bills.cluster_id and span_hours.cost_hour >= bills.nodes_from
),

node_hours as (
    select
        clipped.cluster_id,
        clipped.cost_hour,
        types.node_type,
        max(types.node_count) as node_count,
        sum({{ microseconds_between('clipped.begins', 'clipped.ends') }}) as elapsed_us,
        sum({{ microseconds_between('clipped.begins', 'clipped.ends') }} * types.node_count) as usage_us,
        max(types.storage_mb) as storage_mb,
        max(clipped.estimated_because) as estimated_because
    from clipped
    inner join types on clipped.cluster_id = types.cluster_id and clipped.taken_at = types.taken_at
    where clipped.ends > clipped.begins
    group by clipped.cluster_id, clipped.cost_hour, types.node_type
),

charges as (
    select
        used.cluster_id,
        date_trunc('hour', used.start_time) as cost_hour,
        bills.read_until,
        used.charged_seconds + used.charged_optimization_seconds as charged_seconds,
        -- An interval is a minute, also where its end is missing or wrong.
        least(greatest({{ microseconds_between('used.start_time', 'coalesce(used.end_time, used.start_time)') }}, 60000000), {{ hour_us() }}) as interval_us,
        used.data_storage_mb
    from {{ ref('serverless_usage_history') }} as used
    inner join bills on used.cluster_id = bills.cluster_id and used.start_time >= bills.charges_from
    where used.start_time >= cast('{{ bills | map(attribute='charges_from') | min if bills else '9999-12-31' }}' as timestamp)
),

charged_hours as (
    select
        cluster_id,
        cost_hour,
        cast('serverless' as varchar(64)) as node_type,
        cast(null as bigint) as node_count,
        least(sum(case when charged_seconds > 0 then interval_us else 0 end), {{ hour_us() }}) as elapsed_us,
        sum(charged_seconds) * 1000000 as usage_us,
        max(data_storage_mb) as storage_mb,
        case
            when cast(min(read_until) as date) < {{ dbt.dateadd('day', 2, 'cast(cost_hour as date)') }} then cast('charges may still settle' as varchar(64))
        end as estimated_because
    from charges
    group by cluster_id, cost_hour
),

hours as (
    select * from node_hours
    union all
    select * from charged_hours
)

select
    cast(hours.cluster_id as varchar(128)) as cluster_id,
    hours.cost_hour,
    cast(hours.node_type as varchar(64)) as node_type,
    cast(hours.node_count as bigint) as node_count,
    cast(hours.usage_us as bigint) as usage_us,
    cast(hours.elapsed_us as bigint) as elapsed_us,
    cast(hours.storage_mb as bigint) as storage_mb,
    cast(hours.estimated_because as varchar(64)) as estimated_because,
    bills.read_until
from hours
inner join bills on hours.cluster_id = bills.cluster_id
