{{ config(
    materialized='incremental',
    unique_key=['cluster_id', 'query_hour'],
    meta={'bound': 'query_day'},
    indexes=supported_indexes([{'columns': ['query_day', 'cluster_id']}, {'columns': ['built_at']}]),
    sort=['query_day'],
    pre_hook="{{ delete_touched_hours() }}",
    post_hook="{{ drop_old_days('query_day') }}"
) }}
{%- set is_increment = is_incremental() and not rebuilds_table() %}
{%- set periods = touched_hours() if is_increment else [] %}
{%- set hour_us = qupersync.hour_us() | int %}
{%- set key = 'cluster_id, query_hour, queue_name, compute_type' %}

with queries as (
    select
        history.cluster_id,
        cast(coalesce(history.queue_name, '') as varchar(256)) as queue_name,
        cast(coalesce(history.compute_type, '') as varchar(64)) as compute_type,
        history.start_time,
        history.queue_time_us,
        history.execution_time_us,
        history.is_short_query_accelerated,
        history.built_at,
        date_trunc('hour', history.end_time) as end_hour,
        {{ microseconds_between("date_trunc('hour', history.end_time)", 'history.end_time') }} as end_us,
        greatest({{ microseconds_between('history.start_time', 'history.end_time') }}, 0) as elapsed_us
    from {{ ref('query_history') }} as history
    where
        {{ exclude_own_queries('history') }}
        -- The leader node answers from the result cache: no slot is taken.
        and not history.is_cache_hit
        {% if is_increment %}
        and {{ reaches_into_touched_hours('history', periods) }}
        {% endif %}
),

-- Redshift reports how long a query waited and ran, not when. The execution is its last part, and the wait comes right before:
-- planning, compilation and locks are earlier. Both are cut at the start. In µs from the begin of the hour of the end.
spans as (
    select
        queries.*,
        end_us - least(greatest(execution_time_us, 0), elapsed_us) as run_us,
        end_us - least(
            least(greatest(execution_time_us, 0), elapsed_us) + least(greatest(queue_time_us, 0), elapsed_us), elapsed_us
        ) as wait_us
    from queries
),

-- How many hours before that of its end a query touches. No query is taken to be active for more than a hundred days.
reaches as (
    select
        spans.*,
        cast(least(({{ hour_us - 1 }} - wait_us) / {{ hour_us }}, 2400) as integer) as hours_before
    from spans
),

digits as (
    {% for digit in range(10) %}
        select {{ digit }} as digit
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

numbers as (
    select thousands.digit * 1000 + hundreds.digit * 100 + tens.digit * 10 + ones.digit as number
    from digits as thousands
    cross join digits as hundreds
    cross join digits as tens
    cross join digits as ones
),

hours_before as (
    select number from numbers
    where number between 1 and (select max(reaches.hours_before) from reaches)
),

shares as (
    select
        reaches.*,
        0 as hour_number
    from reaches
    union all
    select
        reaches.*,
        hours_before.number as hour_number
    from reaches
    inner join hours_before on reaches.hours_before >= hours_before.number
    where reaches.hours_before > 0
),

-- A query's part of one hour, in µs from the hour's begin.
parts as (
    select
        cluster_id,
        {{ dbt.dateadd('hour', '-hour_number', 'end_hour') }} as query_hour,
        queue_name,
        compute_type,
        start_time,
        queue_time_us,
        is_short_query_accelerated,
        built_at,
        least(greatest(wait_us + hour_number * {{ hour_us }}, 0), {{ hour_us }}) as wait_us,
        least(greatest(run_us + hour_number * {{ hour_us }}, 0), {{ hour_us }}) as run_us,
        least(end_us + hour_number * {{ hour_us }}, {{ hour_us }}) as end_us
    from shares
),

counted as (
    select * from parts
    where
        wait_us < end_us
        {% if is_increment %}
        and {{ within_touched_hours(periods) }}
        {% endif %}
),

events as (
    select {{ key }}, wait_us as event_us, 1 as waiting, 0 as running from counted
    union all
    select {{ key }}, run_us as event_us, -1 as waiting, 1 as running from counted
    union all
    select {{ key }}, end_us as event_us, 0 as waiting, -1 as running from counted
),

-- Events of the same microsecond count together, so a query that ends is gone when another one begins.
moments as (
    select
        {{ key }},
        event_us,
        cast(sum(waiting) as integer) as waiting,
        cast(sum(running) as integer) as running
    from events
    group by {{ key }}, event_us
),

levels as (
    select
        {{ key }},
        sum(waiting) over (partition by {{ key }} order by event_us rows between unbounded preceding and current row) as waiting,
        sum(running) over (partition by {{ key }} order by event_us rows between unbounded preceding and current row) as running,
        lead(event_us) over (partition by {{ key }} order by event_us) - event_us as level_us
    from moments
),

demands as (
    select
        {{ key }},
        waiting + running as demand,
        max(running) as peak_running,
        max(waiting) as peak_waiting,
        {{ to_bigint('sum(level_us)') }} as demand_us,
        sum(running * level_us) as running_us,
        sum(waiting * level_us) as waiting_us,
        sum(case when waiting > 0 then level_us else 0 end) as jammed_us
    from levels
    where level_us > 0 and waiting + running > 0
    group by {{ key }}, waiting + running
),

exceeded as (
    select
        demands.*,
        coalesce(
            sum(demand_us) over (partition by {{ key }} order by demand desc rows between unbounded preceding and 1 preceding), 0
        ) as exceeded_us
    from demands
),

sweeps as (
    select
        {{ key }},
        max(peak_running) as peak_running,
        max(peak_waiting) as peak_waiting,
        {{ to_bigint('sum(running_us)') }} as running_us,
        {{ to_bigint('sum(waiting_us)') }} as waiting_us,
        {{ to_bigint('sum(jammed_us)') }} as jammed_us,
        -- Exceeded in 5 % of the hour at most. Without any slot it is exceeded while there is any demand.
        case
            when sum(demand_us) <= {{ hour_us // 20 }} then 0
            else min(case when exceeded_us <= {{ hour_us // 20 }} then demand end)
        end as slots_needed
    from exceeded
    group by {{ key }}
),

waits as (
    select
        {{ key }},
        count(*) as query_count,
        sum(case when wait_us < run_us then 1 else 0 end) as waited_count,
        sum(case when is_short_query_accelerated then 1 else 0 end) as short_query_count,
        {{ percentiles('queue_time_us', 'queue') }},
        min(start_time) as oldest_start_time,
        max(built_at) as built_at
    from counted
    group by {{ key }}
)

select
    waits.cluster_id,
    cast(waits.query_hour as date) as query_day,
    waits.query_hour,
    waits.queue_name,
    waits.compute_type,
    waits.query_count,
    waits.waited_count,
    waits.short_query_count,
    sweeps.peak_running,
    sweeps.peak_waiting,
    sweeps.slots_needed,
    sweeps.running_us,
    sweeps.waiting_us,
    sweeps.jammed_us,
    cast(sweeps.running_us as double precision) / {{ hour_us }} as mean_running,
    cast(sweeps.waiting_us as double precision) / {{ hour_us }} as mean_waiting,
    100 * cast(sweeps.running_us as double precision) / nullif(
        cast(sum(sweeps.running_us) over (partition by waits.cluster_id, waits.query_hour, waits.queue_name) as double precision), 0
    ) as compute_type_pct,
    waits.p50_queue_seconds,
    waits.p95_queue_seconds,
    waits.p99_queue_seconds,
    waits.oldest_start_time,
    waits.built_at
from waits
inner join sweeps
    on
        waits.cluster_id = sweeps.cluster_id
        and waits.query_hour = sweeps.query_hour
        and waits.queue_name = sweeps.queue_name
        and waits.compute_type = sweeps.compute_type
