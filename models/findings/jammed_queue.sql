with hours as (
    select
        hours.cluster_id,
        case when hours.queue_name = '' then cast('(default)' as varchar(256)) else hours.queue_name end as queue_name,
        hours.query_hour,
        sum(hours.running_us) as running_us,
        sum(hours.waiting_us) as waiting_us,
        max(hours.jammed_us) as jammed_us,
        max(hours.slots_needed) as slots_needed
    from {{ ref('queue_concurrency_hourly') }} as hours
    inner join {{ ref('newest_syncs') }} as newest on hours.cluster_id = newest.cluster_id
    where hours.query_day >= newest.week_start
    group by hours.cluster_id, hours.queue_name, hours.query_hour
),

queues as (
    select
        cluster_id,
        queue_name,
        count(*) as jammed_hours,
        max(slots_needed) as slots_needed
    from hours
    where
        100 * waiting_us > {{ var('findings_queue_pct') }} * (waiting_us + running_us)
        and jammed_us >= cast({{ var('findings_jammed_min_seconds') }} as bigint) * 1000000
    group by cluster_id, queue_name
)

select
    {{ finding(
        check='jammed queue',
        severity='warning',
        object_name=sql_text('queue {queue_name}'),
        measured='jammed_hours',
        unit='hours with waiting queries, in 7 days',
        threshold=var('findings_jammed_hours'),
        reason='Queries wait again and again. With {slots_needed} slots none would have waited for 95 % of the time even in the worst hour: '
        ~ 'add concurrency, concurrency scaling or another queue.'
    ) }}
from queues
where jammed_hours > {{ var('findings_jammed_hours') }}
