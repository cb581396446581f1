with waits as (
    -- Whole milliseconds: a sum of fractions would depend on the order of the rows.
    select
        days.cluster_id,
        case when days.queue_name = '' then cast('(default)' as varchar(256)) else days.queue_name end as queue_name,
        cast(sum(cast(round(1000 * days.queue_seconds) as bigint)) as double precision) / 1000 as queue_seconds,
        cast(sum(cast(round(1000 * days.execution_seconds) as bigint)) as double precision) / 1000 as execution_seconds
    from {{ ref('query_performance_daily') }} as days
    inner join {{ ref('newest_syncs') }} as newest on days.cluster_id = newest.cluster_id
    where days.query_day >= newest.week_start
    group by days.cluster_id, days.queue_name
)

select
    {{ finding(
        check='queueing',
        severity='warning',
        object_name=sql_text('queue {queue_name}'),
        measured='100 * queue_seconds / nullif(queue_seconds + execution_seconds, 0)',
        unit='percent of the time spent queueing, in 7 days',
        threshold=var('findings_queue_pct'),
        reason='Queries wait for a slot: add concurrency, concurrency scaling or another queue.'
    ) }}
from waits
where
    queue_seconds >= {{ var('findings_queue_min_seconds') }}
    and 100 * queue_seconds > {{ var('findings_queue_pct') }} * (queue_seconds + execution_seconds)
