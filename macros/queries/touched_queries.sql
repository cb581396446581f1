{#- The queries that an increment of query_history rebuilds, as CTEs, the last one `touched` (cluster_id, query_id, start_time): those that
    the pending syncs read, or read a segment or a connection of. After a CTE `syncs` (see syncs_to_apply). `bounds`: see
    pending_bounds; `connected_since`: the first record_time among the connections that these syncs read. -#}
{%- macro touched_queries(bounds, connected_since) -%}
    new_versions as (
        select distinct
            queries.cluster_id,
            queries.query_id,
            queries.start_time
        from {{ ref('stg_sys_query_history') }} as queries
        {{ only_syncs('queries', 'syncs', bounds) }}
    ),

    new_segments as (
        select
            segments.cluster_id,
            segments.query_id,
            min(segments.start_time) as first_start,
            max(segments.start_time) as last_start
        from {{ ref('stg_sys_query_detail') }} as segments
        {{ only_syncs('segments', 'syncs', bounds) }}
        group by segments.cluster_id, segments.query_id
    ),

    new_sessions as (
        select distinct
            connections.cluster_id,
            connections.session_id
        from {{ ref('stg_sys_connection_log') }} as connections
        {{ only_syncs('connections', 'syncs', bounds) }}
    ),

    session_events as (
        select
            connections.cluster_id,
            connections.session_id,
            connections.record_time,
            connections.synced_at,
            lead(connections.record_time) over (
                partition by connections.cluster_id, connections.session_id order by connections.record_time
            ) as next_record_time
        from {{ ref('stg_sys_connection_log') }} as connections
        inner join new_sessions
            on connections.cluster_id = new_sessions.cluster_id and connections.session_id = new_sessions.session_id
        where connections.record_time >= cast('{{ connected_since }}' as timestamp)
    ),

    touched as (
        select * from new_versions
        union
        select
            queries.cluster_id,
            queries.query_id,
            queries.start_time
        from new_segments
        inner join {{ ref('stg_sys_query_history') }} as queries
            on
                new_segments.cluster_id = queries.cluster_id
                and new_segments.query_id = queries.query_id
                and new_segments.last_start >= queries.start_time
                and new_segments.first_start <= coalesce(queries.end_time, queries.start_time)
        -- A segment that is still in its view is at most a week old: its query was read within that time, or in these syncs.
        where queries.synced_at >= cast('{{ bounds.first - modules.datetime.timedelta(days=8) }}' as timestamp)
        union
        select
            queries.cluster_id,
            queries.query_id,
            queries.start_time
        from session_events as events
        inner join syncs on events.cluster_id = syncs.cluster_id and events.synced_at = syncs.synced_at
        inner join {{ ref('stg_sys_query_history') }} as queries
            on
                events.cluster_id = queries.cluster_id
                and events.session_id = queries.session_id
                and events.record_time <= queries.start_time
                and (events.next_record_time is null or events.next_record_time >= queries.start_time)
        where queries.start_time >= cast('{{ connected_since }}' as timestamp)
    )
{%- endmacro -%}
