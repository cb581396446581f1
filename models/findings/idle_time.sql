{#- A literal bound besides the week, which is the cluster's own: planner and zone maps know it. A cluster that was not synced for so
    long has the finding `stale sync`. -#}
{%- set since = run_started_at - modules.datetime.timedelta(days=60) -%}
with idle as (
    select
        rates.cluster_id,
        cast(sum(rates.idle_usage_us) as double precision) / {{ hour_us() }} as idle_hours,
        cast(sum(rates.usage_us) as double precision) / {{ hour_us() }} as hours
    from {{ ref('cost_rates_hourly') }} as rates
    inner join {{ ref('newest_syncs') }} as newest on rates.cluster_id = newest.cluster_id
    where
        rates.cost_day >= newest.week_start
        {% if model.resource_type != 'unit_test' %}
        and rates.cost_hour >= cast('{{ since.strftime("%Y-%m-%d") }}' as timestamp)
        {% endif %}
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
