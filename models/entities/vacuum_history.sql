{{ config(
    unique_key=['cluster_id', 'xid', 'table_id', vacuum_group()],
    meta={'applies_syncs': true, 'bound': 'xid'},
    indexes=supported_indexes([
        {'columns': ['cluster_id', 'table_id', 'table_name', 'database_name', 'status', 'end_time']},
        {'columns': ['start_time']}, {'columns': ['status', 'start_time']}, {'columns': ['table_name']}, {'columns': ['xid']},
        {'columns': ['synced_at']}
    ]),
    dist='table_id',
    sort=['xid', 'start_time'],
    pre_hook="{{ begin_applying_syncs() }}",
    post_hook=["{{ dedupe_vacuums() }}", "{{ record_applied_syncs() }}"]
) }}
{%- set bounds = pending_bounds() %}
{%- set span = touched_vacuum_span(bounds) %}

-- A run is rebuilt as a whole, from all its rows: they may arrive in different syncs, the start even after the finish.
with syncs as (
    {{ syncs_to_apply(bounds) }}
),

{% if bounds.incremental %}
    -- runs since: {{ span.since }}
    {{ touched_vacuums(bounds) }},
{% endif %}

stl_versions as (
    select events.*
    from {{ ref('stg_stl_vacuum') }} as events
    {% if bounds.incremental %}
        inner join touched
            on
                events.cluster_id = touched.cluster_id
                and events.xid = touched.xid
                and events.table_id = touched.table_id
                and events.xid between {{ span.first_xid }} and {{ span.last_xid }}
    {% else %}
        {{ only_syncs('events', 'syncs', bounds) }}
    {% endif %}
),

stl_rows as (
    select
        stl_versions.*,
        row_number() over (
            partition by cluster_id, xid, table_id, status, eventtime
            order by synced_at desc, row_count desc, blocks desc, reclaimable_rows desc, reclaimable_space_mb desc
        ) as version_rank,
        min(synced_at) over (partition by cluster_id, xid, table_id, status, eventtime) as first_synced_at
    from stl_versions
),

-- Starts number the runs of a transaction on a table; the rows after a start belong to it.
stl_numbered as (
    select
        stl_rows.*,
        sum(case when phase in ('start', 'skip') then 1 else 0 end) over (
            partition by cluster_id, xid, table_id
            order by eventtime, case when phase in ('start', 'skip') then 0 else 1 end, status
            rows between unbounded preceding and current row
        ) as start_number
    from stl_rows
    where version_rank < 2
),

-- A second finish after one start is a separate run, whose start no sync saw.
stl_runs as (
    select
        stl_numbered.*,
        case
            when phase in ('start', 'skip') then 0
            else row_number() over (
                partition by cluster_id, xid, table_id, start_number, case when phase in ('start', 'skip') then 0 else 1 end
                order by eventtime, status
            ) - case when start_number > 0 then 1 else 0 end
        end as part
    from stl_numbered
),

from_stl as (
    select
        cluster_id,
        xid,
        table_id,
        coalesce(
            min(case when phase in ('start', 'skip') then eventtime end), min(eventtime)
        ) as start_time,
        cast('unknown' as varchar(256)) as database_name,
        cast('unknown' as varchar(256)) as schema_name,
        cast('unknown' as varchar(256)) as table_name,
        coalesce(max(case when phase in ('start', 'skip') then vacuum_type end), max(vacuum_type), 'FULL') as vacuum_type,
        {{ vacuum_status('phase') }} as status,
        max(case when phase in ('start', 'skip') then reclaimable_rows end) as reclaimable_rows,
        coalesce(
            max(case when phase in ('start', 'skip') then reclaimable_space_mb end),
            -- Not greatest(): it ignores a NULL, and unknown is not 0.
            case
                when max(case when phase = 'start' then blocks end) < max(case when phase = 'finish' then blocks end) then 0
                else max(case when phase = 'start' then blocks end) - max(case when phase = 'finish' then blocks end)
            end
        ) as impacted_blocks,
        max(case when phase = 'start' then row_count end) - max(case when phase = 'finish' then row_count end) as reclaimed_rows,
        max(case when phase = 'start' then blocks end) - max(case when phase = 'finish' then blocks end) as reclaimed_blocks,
        max(case when is_automatic then 1 else 0 end) = 1 as is_automatic,
        max(case when phase in ('finish', 'fail', 'skip') then eventtime end) as end_time,
        max(first_synced_at) as synced_at,
        cast('stl_vacuum' as varchar(32)) as source_view,
        max(user_id) as user_id,
        cast(null as bigint) as query_id,
        max(case when phase in ('start', 'skip') then row_count end) as rows_before,
        max(case when phase = 'finish' then row_count end) as rows_after,
        max(case when phase in ('start', 'skip') then sorted_rows end) as sorted_rows_before,
        max(case when phase = 'finish' then sorted_rows end) as sorted_rows_after,
        max(case when phase in ('start', 'skip') then blocks end) as blocks_before,
        max(case when phase = 'finish' then blocks end) as blocks_after
    from stl_runs
    group by cluster_id, xid, table_id, start_number, part
),

sys_versions as (
    select events.*
    from {{ ref('stg_sys_vacuum_history') }} as events
    {% if bounds.incremental %}
        inner join touched
            on
                events.cluster_id = touched.cluster_id
                and events.xid = touched.xid
                and events.table_id = touched.table_id
                and {{ vacuum_group('events.xid', 'events.start_time') }} = touched.group_start
                -- A row is read after its run began; a day for clocks that differ.
                and events.synced_at >= cast('{{ span.since - modules.datetime.timedelta(days=1) }}' as timestamp)
    {% else %}
        {{ only_syncs('events', 'syncs', bounds) }}
    {% endif %}
),

sys_rows as (
    select
        sys_versions.*,
        row_number() over (
            partition by cluster_id, xid, table_id, start_time, status
            order by case when end_time is null then 1 else 0 end, synced_at desc, end_time desc, reclaimed_rows desc, reclaimed_blocks desc
        ) as version_rank,
        min(synced_at) over (partition by cluster_id, xid, table_id, start_time, status, end_time) as first_synced_at
    from sys_versions
),

from_sys as (
    select
        cluster_id,
        xid,
        table_id,
        start_time,
        cast(coalesce(max(database_name), 'unknown') as varchar(256)) as database_name,
        cast(coalesce(max(schema_name), 'unknown') as varchar(256)) as schema_name,
        cast(coalesce(max(table_name), 'unknown') as varchar(256)) as table_name,
        max(vacuum_type) as vacuum_type,
        {{ vacuum_status('phase') }} as status,
        max(reclaimable_rows) as reclaimable_rows,
        max(case when phase = 'finish' and reclaimed_blocks < 0 then 0 when phase = 'finish' then reclaimed_blocks end) as impacted_blocks,
        max(case when phase = 'finish' then reclaimed_rows end) as reclaimed_rows,
        max(case when phase = 'finish' then reclaimed_blocks end) as reclaimed_blocks,
        max(case when is_automatic then 1 else 0 end) = 1 as is_automatic,
        max(end_time) as end_time,
        max(first_synced_at) as synced_at,
        cast('sys_vacuum_history' as varchar(32)) as source_view,
        max(user_id) as user_id,
        max(query_id) as query_id,
        max(case when phase <> 'finish' then row_count end) as rows_before,
        -- On a finish row Redshift counts the rows after the run, whatever the column's name says.
        max(case when phase = 'finish' then row_count end) as rows_after,
        cast(null as bigint) as sorted_rows_before,
        cast(null as bigint) as sorted_rows_after,
        coalesce(max(case when phase <> 'finish' then blocks end), max(blocks)) as blocks_before,
        cast(null as bigint) as blocks_after
    from sys_rows
    where version_rank < 2
    group by cluster_id, xid, table_id, start_time
),

reported as (
    select * from from_stl
    union all
    select * from from_sys
),

-- A cluster that was read through one view and later through the other has a run in both: the one with an end wins.
families as (
    select
        cluster_id,
        xid,
        table_id,
        source_view,
        row_number() over (
            partition by cluster_id, xid, table_id
            order by min(case when status in ('Started', 'Initiated') then 0 else 1 end) desc, source_view
        ) as family_rank
    from reported
    -- Rows without a transaction share nothing but the table.
    where xid <> 0
    group by cluster_id, xid, table_id, source_view
),

chosen as (
    select reported.*
    from reported
    left join families
        on
            reported.cluster_id = families.cluster_id
            and reported.xid = families.xid
            and reported.table_id = families.table_id
            and reported.source_view = families.source_view
    where reported.xid = 0 or families.family_rank = 1
),

-- The end of a manual run's transaction, from the finished statements of that transaction.
ended as (
    select
        chosen.cluster_id,
        chosen.xid,
        chosen.table_id,
        max(queries.end_time) as end_time
    from chosen
    inner join {{ ref('stg_sys_query_history') }} as queries
        on chosen.cluster_id = queries.cluster_id and chosen.xid = queries.transaction_id
    where
        chosen.status in ('Started', 'Initiated') and not chosen.is_automatic and queries.is_final
        {% if bounds.incremental %}
        and queries.synced_at >= cast('{{ span.since - modules.datetime.timedelta(days=1) }}' as timestamp)
        {% endif %}
    group by chosen.cluster_id, chosen.xid, chosen.table_id
),

names as (
    select
        runs.cluster_id,
        runs.xid,
        runs.table_id,
        runs.start_time,
        tables.database_name,
        tables.schema,
        tables.table_name,
        -- The last snapshot up to the run's day, else the first one after it: table ids are not reused soon.
        row_number() over (
            partition by runs.cluster_id, runs.xid, runs.table_id, runs.start_time
            order by
                case when tables.snapshot_date <= cast(runs.start_time as date) then 0 else 1 end,
                case when tables.snapshot_date <= cast(runs.start_time as date) then tables.snapshot_date end desc,
                tables.snapshot_date, tables.database_name, tables.table_name
        ) as name_rank
    from chosen as runs
    inner join {{ ref('table_stats_history') }} as tables
        on runs.cluster_id = tables.cluster_id and runs.table_id = tables.table_id
    where runs.source_view = 'stl_vacuum'
),

named as (
    select
        chosen.cluster_id,
        chosen.xid,
        chosen.table_id,
        chosen.start_time,
        coalesce(names.database_name, chosen.database_name) as database_name,
        coalesce(names.schema, chosen.schema_name) as schema_name,
        coalesce(names.table_name, chosen.table_name) as table_name,
        chosen.vacuum_type,
        case when ended.xid is not null then 'Failed' else chosen.status end as status,
        chosen.source_view,
        chosen.reclaimable_rows,
        chosen.impacted_blocks,
        chosen.reclaimed_rows,
        chosen.reclaimed_blocks,
        chosen.is_automatic,
        coalesce(chosen.end_time, ended.end_time) as end_time,
        chosen.synced_at,
        chosen.user_id,
        chosen.query_id,
        chosen.rows_before,
        chosen.rows_after,
        chosen.sorted_rows_before,
        chosen.sorted_rows_after,
        chosen.blocks_before,
        chosen.blocks_after
    from chosen
    left join ended
        on
            chosen.cluster_id = ended.cluster_id
            and chosen.xid = ended.xid
            and chosen.table_id = ended.table_id
            and chosen.status in ('Started', 'Initiated')
    left join names
        on
            chosen.cluster_id = names.cluster_id
            and chosen.xid = names.xid
            and chosen.table_id = names.table_id
            and chosen.start_time = names.start_time
            and names.name_rank = 1
),

distinct_runs as (
    {{ newest_of('named', ['cluster_id', 'xid', 'table_id', 'start_time'], ['end_time desc', 'status', 'vacuum_type']) }}
)

select
    cast(cluster_id as varchar(128)) as cluster_id,
    xid,
    table_id,
    start_time,
    cast(database_name as varchar(256)) as database_name,
    cast(schema_name as varchar(256)) as schema,
    cast(table_name as varchar(256)) as table_name,
    cast(vacuum_type as varchar(256)) as vacuum_type,
    cast(status as varchar(16)) as status,
    cast(source_view as varchar(32)) as source_view,
    reclaimable_rows,
    impacted_blocks,
    reclaimed_rows,
    reclaimed_blocks,
    cast(impacted_blocks as double precision) / 1024 as reclaimable_gb,
    is_automatic,
    end_time,
    synced_at,
    -- Columns of later versions: NULL in rows that an earlier one wrote.
    user_id,
    query_id,
    rows_before,
    rows_after,
    sorted_rows_before,
    sorted_rows_after,
    blocks_before,
    blocks_after
from distinct_runs
