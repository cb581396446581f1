{{ config(
    unique_key=['cluster_id', 'query_id', 'start_time'],
    meta={'applies_syncs': true, 'bound': 'start_time', 'rebuilt_from': {'table': 'sys_query_history', 'time': 'start_time'}},
    indexes=supported_indexes([{'columns': ['cluster_id', 'start_time']}, {'columns': ['built_at']}, {'columns': ['synced_at']}]),
    dist='query_id',
    sort=['start_time'],
    pre_hook="{{ begin_applying_syncs() }}",
    post_hook="{{ record_applied_syncs() }}"
) }}
{%- set bounds = pending_bounds() %}
{%- set span = touched_span(bounds) %}
{%- set day = modules.datetime.timedelta(days=1) %}

with syncs as (
    {{ syncs_to_apply(bounds) }}
),

{% if bounds.incremental %}
    {{ touched_queries(bounds, span.connected_since) }},
{% endif %}

versions as (
    select queries.*
    from {{ ref('stg_sys_query_history') }} as queries
    {% if bounds.incremental %}
        inner join touched
            on
                queries.cluster_id = touched.cluster_id
                and queries.query_id = touched.query_id
                and queries.start_time = touched.start_time
                and queries.start_time between cast('{{ span.first }}' as timestamp) and cast('{{ span.last }}' as timestamp)
    {% else %}
    {{ only_syncs('queries', 'syncs', bounds) }}
    {% endif %}
    -- In-flight queries stay in staging until they end.
    where queries.is_final
),

ranked as (
    select
        versions.*,
        row_number() over (
            partition by cluster_id, query_id, start_time
            order by synced_at desc, end_time desc, elapsed_time_us desc, transaction_id desc, user_id desc, status
        ) as version_rank,
        -- The first sync that read this version: reading it again changes nothing.
        min(synced_at) over (
            partition by cluster_id, query_id, start_time, status, end_time, execution_time_us, rows_returned
        ) as first_synced_at
    from versions
),

queries as (
    select * from ranked
    -- Not `= 1`: PostgreSQL expects an equality to hold for one row in 200, and would then join the rest row by row.
    where version_rank < 2
),

segments as (
    select
        queries.cluster_id,
        queries.query_id,
        queries.start_time,
        details.blocks_read,
        details.spilled_block_local_disk,
        details.spilled_block_remote_disk,
        details.blocks_written,
        details.local_blocks_read,
        details.remote_blocks_read,
        row_number() over (
            partition by
                queries.cluster_id, queries.query_id, queries.start_time,
                details.child_query_sequence, details.stream_id, details.segment_id
            order by
                case when details.is_final then 0 else 1 end, details.synced_at desc, details.end_time desc,
                details.start_time desc, details.blocks_read desc, details.spilled_block_local_disk desc,
                details.spilled_block_remote_disk desc
        ) as version_rank
    from queries
    -- Query ids are reused: a segment belongs to the query during which it started.
    inner join {{ ref('stg_sys_query_detail') }} as details
        on
            queries.cluster_id = details.cluster_id
            and queries.query_id = details.query_id
            and details.start_time between queries.start_time and coalesce(queries.end_time, queries.start_time)
    {% if bounds.incremental %}
            and details.start_time >= cast('{{ span.first }}' as timestamp)
    {% else %}
    {{ only_syncs('details', 'syncs', bounds) }}
    {% endif %}
),

details as (
    select
        cluster_id,
        query_id,
        start_time,
        sum(blocks_read) as blocks_read,
        sum(spilled_block_local_disk + spilled_block_remote_disk) as spilled_mb,
        sum(spilled_block_remote_disk) as remote_spilled_mb,
        sum(blocks_written) as blocks_written,
        sum(local_blocks_read) as local_blocks_read,
        sum(remote_blocks_read) as remote_blocks_read
    from segments
    where version_rank < 2
    group by cluster_id, query_id, start_time
),

sessions as (
    select distinct
        cluster_id,
        session_id
    from queries
),

session_names as (
    select
        connections.cluster_id,
        connections.session_id,
        connections.record_time,
        connections.application_name,
        -- Of equal times the last by name, so that the result is deterministic.
        row_number() over (
            partition by connections.cluster_id, connections.session_id, connections.record_time
            order by connections.application_name desc
        ) as version_rank
    from {{ ref('stg_sys_connection_log') }} as connections
    inner join sessions
        on
            connections.cluster_id = sessions.cluster_id
            and connections.session_id = sessions.session_id
    {% if bounds.incremental %}
            -- No connection outlives a month: maintenance restarts a cluster earlier.
            and connections.record_time >= cast('{{ span.first - 30 * day }}' as timestamp)
            and connections.record_time <= cast('{{ span.last }}' as timestamp)
    {% else %}
    {{ only_syncs('connections', 'syncs', bounds) }}
    {% endif %}
),

named_spans as (
    select
        cluster_id,
        session_id,
        application_name,
        record_time,
        lead(record_time) over (partition by cluster_id, session_id order by record_time) as next_record_time
    from session_names
    where version_rank < 2
),

users as (
    select
        users.cluster_id,
        users.synced_at,
        users.user_id,
        max(users.user_name) as user_name
    from {{ ref('stg_svv_user_info') }} as users
    {% if bounds.incremental %}
        inner join (select distinct
            cluster_id,
            synced_at
        from queries
        where user_name is null) as unnamed
            on
                users.cluster_id = unnamed.cluster_id
                and users.synced_at = unnamed.synced_at
                -- A query is read after it began; a day for clocks that differ.
                and users.synced_at >= cast('{{ [span.first, bounds.first] | min - day }}' as timestamp)
    {% else %}
    {{ only_syncs('users', 'syncs', bounds) }}
    {% endif %}
    group by users.cluster_id, users.synced_at, users.user_id
)

select
    cast(queries.cluster_id as varchar(128)) as cluster_id,
    queries.query_id,
    queries.start_time,
    queries.transaction_id,
    queries.session_id,
    queries.user_id,
    cast(queries.query_hash as varchar(32)) as query_hash,
    cast(coalesce(queries.user_name, users.user_name, 'unknown') as varchar(256)) as user_name,
    cast(coalesce(named_spans.application_name, '') as varchar(512)) as application_name,
    cast(coalesce(queries.database_name, '') as varchar(256)) as database_name,
    cast(queries.status as varchar(64)) as status,
    cast(queries.query_type as varchar(64)) as query_type,
    cast(queries.query_label as varchar(320)) as query_label,
    cast(queries.queue_name as varchar(256)) as queue_name,
    cast(queries.compute_type as varchar(64)) as compute_type,
    cast(queries.query_priority as varchar(64)) as query_priority,
    cast(queries.app as varchar(256)) as app,
    cast(queries.dbt_node_id as varchar(512)) as dbt_node_id,
    cast(queries.dbt_invocation_id as varchar(256)) as dbt_invocation_id,
    cast(queries.error_message as varchar(4096)) as error_message,
    cast(queries.query_text as varchar(16384)) as query_text,
    queries.query_hash_version,
    coalesce(queries.elapsed_time_us, 0) as elapsed_time_us,
    coalesce(queries.execution_time_us, 0) as execution_time_us,
    coalesce(queries.queue_time_us, 0) as queue_time_us,
    coalesce(queries.compile_time_us, 0) as compile_time_us,
    coalesce(queries.planning_time_us, 0) as planning_time_us,
    coalesce(queries.lock_wait_time_us, 0) as lock_wait_time_us,
    coalesce(queries.rows_returned, 0) as rows_returned,
    coalesce(queries.bytes_returned, 0) as bytes_returned,
    {{ to_bigint('coalesce(details.blocks_read, 0) * 1048576') }} as bytes_scanned,
    -- Redshift counts blocks of 1 MB, this column blocks of 8 KB.
    {{ to_bigint('coalesce(details.spilled_mb, 0) * 128') }} as spilled_blocks,
    cast(coalesce(queries.execution_time_us, 0) as double precision) / 1000000 as execution_seconds,
    {{ spill_gb(to_bigint('coalesce(details.spilled_mb, 0) * 128')) }} as spill_gb,
    queries.is_cache_hit,
    queries.is_short_query_accelerated,
    details.query_id is not null as has_detail,
    coalesce(queries.end_time, queries.start_time) as end_time,
    queries.first_synced_at as synced_at,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp) as built_at,
    -- Columns of later versions: NULL in rows that an earlier one wrote.
    cast(queries.redshift_version as varchar(256)) as redshift_version,
    cast(queries.generic_query_hash as varchar(256)) as generic_query_hash,
    queries.service_class_id,
    {{ to_bigint('details.remote_spilled_mb * 128') }} as remote_spilled_blocks,
    {{ to_bigint('details.blocks_written * 1048576') }} as bytes_written,
    {{ to_bigint('details.local_blocks_read * 1048576') }} as local_bytes_read,
    {{ to_bigint('details.remote_blocks_read * 1048576') }} as remote_bytes_read
from queries
left join details
    on
        queries.cluster_id = details.cluster_id
        and queries.query_id = details.query_id
        and queries.start_time = details.start_time
left join named_spans
    on
        queries.cluster_id = named_spans.cluster_id
        and queries.session_id = named_spans.session_id
        and queries.start_time >= named_spans.record_time
        and (named_spans.next_record_time is null or queries.start_time < named_spans.next_record_time)
left join users
    on
        queries.cluster_id = users.cluster_id
        and queries.user_id = users.user_id
        and queries.synced_at = users.synced_at
        and queries.user_name is null
