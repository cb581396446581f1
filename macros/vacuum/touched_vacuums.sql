{#- The vacuum runs that an increment of vacuum_history rebuilds, as CTEs, the last one `touched` (cluster_id, xid, table_id,
    group_start): those of which the pending syncs read a row, and those that they may give an end or a name. After a CTE `syncs` (see
    syncs_to_apply). `bounds`: see pending_bounds. -#}
{%- macro touched_vacuums(bounds) -%}
    new_names as (
        select
            tables.cluster_id,
            tables.table_id,
            tables.snapshot_date,
            tables.database_name,
            tables.schema,
            tables.table_name
        from {{ ref('table_stats_history') }} as tables
        inner join syncs on tables.cluster_id = syncs.cluster_id and tables.sync_id = syncs.sync_id
        where
            tables.snapshot_date between cast('{{ bounds.first.strftime("%Y-%m-%d") }}' as date)
            and cast('{{ bounds.last.strftime("%Y-%m-%d") }}' as date)
    ),

    touched_rows as (
        select
            events.cluster_id,
            events.xid,
            events.table_id,
            events.eventtime as start_time
        from {{ ref('stg_stl_vacuum') }} as events
        {{ only_syncs('events', 'syncs', bounds) }}
        union
        select
            events.cluster_id,
            events.xid,
            events.table_id,
            events.start_time
        from {{ ref('stg_sys_vacuum_history') }} as events
        {{ only_syncs('events', 'syncs', bounds) }}
        {%- if is_incremental() %}{# Not in a first build with --empty: there is no table yet. #}
        union
        -- Manual runs without an end: their transaction may have ended since.
        select
            runs.cluster_id,
            runs.xid,
            runs.table_id,
            runs.start_time
        from {{ this }} as runs
        where
            runs.status in ('Started', 'Initiated', 'Failed') and not runs.is_automatic
            and runs.start_time > cast('{{ bounds.first - modules.datetime.timedelta(days=30) }}' as timestamp)
        union
        -- Runs since a new snapshot that gives their table another name, and runs of any time whose table had no name yet.
        select
            runs.cluster_id,
            runs.xid,
            runs.table_id,
            runs.start_time
        from {{ this }} as runs
        inner join new_names
            on runs.cluster_id = new_names.cluster_id and runs.table_id = new_names.table_id
        where
            runs.source_view = 'stl_vacuum'
            and runs.start_time >= cast('{{ bounds.first.strftime("%Y-%m-%d") }}' as timestamp)
            and runs.start_time >= new_names.snapshot_date
            and (
                runs.table_name <> new_names.table_name
                or runs.schema <> new_names.schema
                or runs.database_name <> new_names.database_name
            )
        union
        select
            runs.cluster_id,
            runs.xid,
            runs.table_id,
            runs.start_time
        {{ runs_without_name() }}
        {%- endif %}
    ),

    touched as (
        select distinct
            cluster_id,
            xid,
            table_id,
            {{ vacuum_group() }} as group_start
        from touched_rows
    )
{%- endmacro -%}
