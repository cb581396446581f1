select
    cluster_id,
    dbt_invocation_id,
    min(first_start_time) as start_time,
    max(last_end_time) as end_time,
    {{ seconds_between('min(first_start_time)', 'max(last_end_time)') }} as duration_seconds,
    count(distinct nullif(dbt_node_id, '')) as node_count,
    count(distinct case when failed_count > 0 then nullif(dbt_node_id, '') end) as failed_node_count,
    {{ to_bigint('sum(query_count)') }} as query_count,
    {{ to_bigint('sum(failed_count)') }} as failed_count,
    cast(sum(execution_time_us) as double precision) / 1000000 as execution_seconds,
    cast(sum(queue_time_us) as double precision) / 1000000 as queue_seconds,
    {{ to_bigint('sum(rows_returned)') }} as rows_returned,
    {{ spill_gb('sum(spilled_blocks)') }} as spill_gb
from {{ ref('dbt_node_runs') }}
where dbt_invocation_id <> ''
group by cluster_id, dbt_invocation_id
