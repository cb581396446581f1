with idle as (
    select
        rates.cluster_id,
        cast(sum(rates.idle_usage_us) as double precision) / {{ hour_us() }} as idle_hours,
        cast(sum(rates.usage_us) as double precision) / {{ hour_us() }} as hours
    from {{ ref('cost_rates_hourly') }} as rates
    inner join {{ ref('newest_syncs') }} as newest on rates.cluster_id = newest.cluster_id
    where rates.cost_day >= newest.week_start
    group by rates.cluster_id
)

select
    {{ finding(
        check='idle time',
        severity='info',
        object_name="'cluster'",
        measured='100 * idle_hours / hours',
        unit='percent of the paid time without execution, in 7 days',
        threshold=var('findings_idle_pct'),
        reason='Most of what is paid for executes nothing: fewer nodes, a pause when nobody works, or Serverless.'
    ) }}
from idle
where
    hours >= {{ var('findings_idle_min_hours') }}
    and 100 * idle_hours > {{ var('findings_idle_pct') }} * hours
