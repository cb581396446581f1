{%- set deadlines = dbt_deadlines() %}
with runs as (
    select * from {{ ref('dbt_node_runs') }}
),

nodes as (
    select
        cluster_id,
        query_day,
        dbt_node_id,
        count(*) as run_count,
        {{ to_bigint('sum(query_count)') }} as query_count,
        {{ to_bigint('sum(failed_count)') }} as failed_count,
        {{ to_bigint('sum(execution_time_us)') }} as execution_time_us,
        {{ to_bigint('sum(queue_time_us)') }} as queue_time_us,
        {{ to_bigint('sum(rows_returned)') }} as rows_returned,
        min(first_start_time) as first_start_time,
        max(last_end_time) as last_end_time,
        min(case when failed_count = 0 then last_end_time end) as first_success_time
    from runs
    where dbt_node_id <> ''
    group by cluster_id, query_day, dbt_node_id
),

compared as (
    select
        nodes.*,
        sum(execution_time_us) over (
            partition by cluster_id, dbt_node_id order by query_day rows between 28 preceding and 1 preceding
        ) as former_time_us,
        sum(run_count) over (
            partition by cluster_id, dbt_node_id order by query_day rows between 28 preceding and 1 preceding
        ) as former_runs
    from nodes
),

deadlines as (
    {% for deadline in deadlines %}
        select
            cast({{ sql_literal(deadline.node) }} as varchar(512)) as dbt_node_id,
            {{ deadline.minutes }} as deadline_minutes
        {{ 'union all' if not loop.last }}
    {% else %}
        select
            cast(null as varchar(512)) as dbt_node_id,
            cast(null as integer) as deadline_minutes
        from nodes
        where 1 = 0
    {% endfor %}
),

-- The days of a cluster on which anything ran: without them a day without a run of the node would not show.
expected as (
    select
        firsts.cluster_id,
        days.query_day,
        firsts.dbt_node_id,
        {{ dbt.dateadd('minute', 'firsts.deadline_minutes', 'cast(days.query_day as timestamp)') }} as deadline_time
    from (
        select
            nodes.cluster_id,
            nodes.dbt_node_id,
            deadlines.deadline_minutes,
            min(nodes.query_day) as first_day
        from nodes
        inner join deadlines on nodes.dbt_node_id = deadlines.dbt_node_id
        group by nodes.cluster_id, nodes.dbt_node_id, deadlines.deadline_minutes
    ) as firsts
    inner join (
        select
            cluster_id,
            query_day,
            max(last_end_time) as last_end_time
        from runs
        group by cluster_id, query_day
    ) as days
        on firsts.cluster_id = days.cluster_id and firsts.first_day <= days.query_day
),

newest as (
    select
        cluster_id,
        max(last_end_time) as known_until
    from runs
    group by cluster_id
)

select
    cast(coalesce(compared.cluster_id, expected.cluster_id) as varchar(128)) as cluster_id,
    coalesce(compared.query_day, expected.query_day) as query_day,
    cast(coalesce(compared.dbt_node_id, expected.dbt_node_id) as varchar(512)) as dbt_node_id,
    coalesce(compared.run_count, 0) as run_count,
    coalesce(compared.query_count, 0) as query_count,
    coalesce(compared.failed_count, 0) as failed_count,
    cast(coalesce(compared.execution_time_us, 0) as double precision) / 1000000 as execution_seconds,
    cast(coalesce(compared.queue_time_us, 0) as double precision) / 1000000 as queue_seconds,
    coalesce(compared.rows_returned, 0) as rows_returned,
    compared.first_start_time,
    compared.last_end_time,
    compared.first_success_time,
    cast(compared.execution_time_us as double precision) / 1000000 / compared.run_count as run_seconds,
    cast(compared.former_time_us as double precision) / 1000000 / cast(compared.former_runs as double precision) as usual_run_seconds,
    expected.deadline_time,
    case
        when compared.first_success_time <= expected.deadline_time then true
        when newest.known_until > expected.deadline_time then false
    end as is_deadline_met
from compared
full outer join expected
    on
        compared.cluster_id = expected.cluster_id
        and compared.query_day = expected.query_day
        and compared.dbt_node_id = expected.dbt_node_id
left join newest on coalesce(compared.cluster_id, expected.cluster_id) = newest.cluster_id
