with days as (
    select
        daily.cluster_id,
        daily.dbt_node_id,
        daily.query_day,
        daily.deadline_time,
        daily.is_deadline_met,
        daily.first_success_time,
        row_number() over (
            partition by daily.cluster_id, daily.dbt_node_id, daily.is_deadline_met order by daily.query_day desc
        ) as newest_rank
    from {{ ref('dbt_nodes_daily') }} as daily
    inner join {{ ref('newest_syncs') }} as newest on daily.cluster_id = newest.cluster_id
    where daily.query_day >= newest.week_start and daily.is_deadline_met is not null
),

nodes as (
    select
        cluster_id,
        dbt_node_id,
        count(*) as day_count,
        sum(case when is_deadline_met then 0 else 1 end) as missed_days,
        max(case when not is_deadline_met and newest_rank = 1 then deadline_time end) as missed_deadline,
        max(case when not is_deadline_met and newest_rank = 1 then first_success_time end) as late_success_time
    from days
    group by cluster_id, dbt_node_id
)

select
    {{ finding(
        check='missed deadline',
        severity='warning',
        object_name=sql_text('dbt node {dbt_node_id}'),
        measured='missed_days',
        unit='days late, in 7 days',
        threshold=var('findings_missed_deadlines'),
        reason="Late on {missed_days} of {day_count} days. Its deadline {to_char(missed_deadline, 'YYYY-MM-DD HH24:MI')} (UTC) passed: "
        ~ "{case when late_success_time is null then 'it did not succeed on that day' "
        ~ "else 'it succeeded at ' || to_char(late_success_time, 'HH24:MI') end}. See dbt_nodes_daily for its run times."
    ) }}
from nodes
where missed_days > {{ var('findings_missed_deadlines') }}
