-- A made-up Redshift cluster. The schema demo holds what happens (workload.sql, tables.sql, fill.sql); the views in public
-- are Redshift's system views of it (views.sql).
create schema demo;

create table demo.setting (
    seed bigint not null,
    anchor timestamp not null,        -- when the cluster was made, a whole hour: the story counts days from its date
    per_week bigint not null,         -- queries
    filled_until timestamp not null,
    clock timestamp,                  -- a time to show instead of the real one
    database_name text not null,      -- whose tables svv_table_info shows
    made_by text not null             -- the version of these files
);

create function demo.clock() returns timestamp stable language sql as
$$ select coalesce((select clock from demo.setting), now() at time zone 'utc') $$;

create function getdate() returns timestamp stable language sql as $$ select demo.clock() $$;

-- A time of the story: so many days after the first moment of the anchor's day (fractions are hours).
create function demo.day(days double precision) returns timestamp stable language sql as
$$ select date_trunc('day', anchor) + days * interval '1 day' from demo.setting $$;

-- A number in [0, 1) that depends on seed, row and purpose only.
create function demo.u(seed bigint, g bigint, purpose int) returns double precision immutable language sql as
$$ select (hashint8extended(g * 64 + purpose, seed) & 2147483647)::double precision / 2147483648.0 $$;

-- Blanks up to a width; format() is much faster at it than rpad().
create function demo.pad(value text, width int) returns text stable language sql as
$$ select case when value is not null then format('%-*s', width, left(value, width)) end $$;

create table demo.app_user (user_id int primary key, name text unique, kind text, application text);

-- Statements of one shape. Of the random ones each pattern has a share of the hours of an office, of the night and of the
-- rest; the others run on a schedule: so many refreshes a day, once a night, or once.
create table demo.pattern (
    pattern_id int primary key, story text, schedule text, at double precision, user_ids int[], office int, night int, rest int,
    queue text, database_name text, query_type text, base_ms double precision, spread double precision, scan_mb double precision,
    spill_mb double precision, spill_share double precision, body text
);

-- Which pattern a random number of 0 to 999 means, by period.
create table demo.slot (period text, slot int, pattern_id int, primary key (period, slot));

create table demo.query (
    g bigint, user_id int, query_id bigint, query_label text, transaction_id bigint, session_id int, database_name text,
    query_type text, final_status text, result_cache_hit boolean, start_time timestamp, end_time timestamp,
    queue_time bigint, execution_time bigint, compile_time bigint, planning_time bigint, lock_wait_time bigint,
    error_message text, returned_rows bigint, returned_bytes bigint, query_text text, service_class_id int,
    service_class_name text, short_query_accelerated text, pattern_id int, blocks_read bigint, spill_local bigint,
    spill_remote bigint
);

create table demo.connection (
    record_time timestamp, session_id int, user_id int, is_end boolean
);

-- Tables as they were 14 days before the anchor's day, and how they change. At its turn something was done to a table: a
-- VACUUM, an ANALYZE, another way of loading. Times are in days, as demo.day() takes them.
create table demo.relation (
    table_id int primary key, database_name text, schema_name text, table_name text, encoded text, diststyle text,
    sortkey1 text, size_mb bigint, growth_mb double precision, skew_rows numeric(19, 2),
    hot_share double precision,                    -- of its blocks on the last node; NULL: as on the others
    turn double precision, kept double precision,  -- of its size, by the turn
    ghosts double precision[], unsorted double precision[], stats_off double precision[], -- percent and percent a day: before and after the turn
    created double precision, dropped double precision, maintained text, -- by whom it is vacuumed: auto, manual, never
    place int                                      -- among those that Redshift vacuums by itself
);

-- The tables at a time, with their measures.
create function demo.tables_at(at timestamp) returns table (
    table_id int, database_name text, schema_name text, table_name text, encoded text, diststyle text, sortkey1 text, skew_rows numeric,
    hot_share double precision, maintained text, place int, size bigint, tbl_rows numeric, ghost_pct double precision,
    unsorted_pct double precision, stats_off_pct double precision, create_time timestamp
) stable language sql as $$
    select
        r.table_id, r.database_name, r.schema_name, r.table_name, r.encoded, r.diststyle, r.sortkey1, r.skew_rows, r.hot_share,
        r.maintained, r.place, b.size, floor(b.size * 15000.0), least(c.parts[1], 90), least(c.parts[2], 99), least(c.parts[3], 99),
        a.start + (r.created + 14) * interval '1 day' + interval '4 hours 5 minutes 6.000007 seconds'
    from demo.relation r
    cross join (select demo.day(-14) as start) a
    cross join lateral (
        select
            greatest(extract(epoch from at - a.start) / 86400.0, 0) as age,
            extract(epoch from at - a.start) / 86400.0 - 14 - r.turn as since
    ) t
    cross join lateral (
        select ((r.size_mb + r.growth_mb * t.age) * case when t.since >= 0 then r.kept else 1 end)::bigint as size
    ) b
    cross join lateral (
        select array[
            case when t.since >= 0 then r.ghosts[3] + r.ghosts[4] * t.since else r.ghosts[1] + r.ghosts[2] * t.age end,
            case when t.since >= 0 then r.unsorted[3] + r.unsorted[4] * t.since else r.unsorted[1] + r.unsorted[2] * t.age end,
            case when t.since >= 0 then r.stats_off[3] + r.stats_off[4] * t.since else r.stats_off[1] + r.stats_off[2] * t.age end
        ] as parts
    ) c
    where t.age - 14 >= r.created and (r.dropped is null or t.age - 14 < r.dropped)
$$;

create table demo.vacuum_run (
    xid bigint, table_id int, kind text, is_automatic boolean, outcome text, start_time timestamp, end_time timestamp,
    rows_before bigint, rows_after bigint, sorted_before bigint, sorted_after bigint, blocks_before bigint,
    blocks_after bigint, reclaimable_rows bigint, reclaimable_mb bigint
);
