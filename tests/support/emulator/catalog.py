"""Redshift's functions and catalog views as objects of PostgreSQL's pg_catalog: only those that the adapters and we use."""

from __future__ import annotations


def catalog(server_version: int) -> str:
    """The statements that create them, for a server of this version (as in ``server_version_num``)."""
    if server_version >= 130000:
        return "set allow_system_table_mods = on;" + _CATALOG
    # No polymorphic type that several arguments agree on yet, and the switch is one of the server's command line.
    text = _CATALOG.replace("anycompatiblearray", "anyarray").replace("anycompatible", "anyelement")
    return text + _BEFORE_13


_BEFORE_13 = """
create function regexp_substr(text, text) returns text immutable strict language sql as
$$ select substring($1 from $2) $$;
"""

_CATALOG = """
set search_path = pg_catalog;

create function getdate() returns timestamp stable language sql as
$$ select date_trunc('second', now() at time zone 'utc') $$;

create function nvl(variadic anycompatiblearray) returns anycompatible immutable language sql as
$$ select x from unnest($1) with ordinality u(x, n) where x is not null order by n limit 1 $$;

-- It replaces every match; of PostgreSQL's functions of this name none has these arguments.
create function regexp_replace(text, text, text, int, text) returns text immutable strict language sql as
$$ select regexp_replace($1, $2, $3, 'g') $$;

create function dateadd(part text, n bigint, t timestamp) returns timestamp immutable strict language sql as
$$ select t + make_interval(
    years => case when part in ('year', 'years') then n else 0 end::int,
    months => case when part in ('month', 'months') then n else 0 end::int,
    weeks => case when part in ('week', 'weeks') then n else 0 end::int,
    days => case when part in ('day', 'days') then n else 0 end::int,
    hours => case when part in ('hour', 'hours') then n else 0 end::int,
    mins => case when part in ('minute', 'minutes') then n else 0 end::int,
    secs => case when part in ('second', 'seconds') then n else 0 end::int) $$;

create function dateadd(part text, n bigint, t date) returns timestamp immutable strict language sql as
$$ select dateadd(part, n, t::timestamp) $$;

create function datediff(part text, a timestamp, b timestamp) returns bigint immutable strict language plpgsql as $$
begin
    return case part
        when 'day' then b::date - a::date
        when 'hour' then extract(epoch from date_trunc('hour', b) - date_trunc('hour', a)) / 3600
        when 'minute' then extract(epoch from date_trunc('minute', b) - date_trunc('minute', a)) / 60
        when 'second' then extract(epoch from date_trunc('second', b) - date_trunc('second', a))
        when 'microsecond' then extract(epoch from b - a) * 1000000
    end::bigint;
end $$;

create view svv_external_columns as
select ''::varchar as schemaname, ''::varchar as tablename, ''::varchar as columnname, ''::varchar as external_type,
    0 as columnnum where false;

create view stv_db_isolation_level as
select current_database()::char(128) as db_name,
    case current_setting('default_transaction_isolation') when 'serializable' then 'Serializable' else 'Snapshot Isolation' end::char(20)
        as isolation_level;

create view svv_redshift_schemas as
select current_database()::varchar as database_name, nspname::varchar as schema_name from pg_namespace;

-- Of PostgreSQL's roles those without a login stand for groups, as in its own pg_group.
create view svv_relation_privileges as
select n.nspname::varchar as namespace_name, c.relname::varchar as relation_name, a.privilege_type::varchar as privilege_type,
    r.rolname::varchar as identity_name, case when r.rolcanlogin then 'user' else 'group' end::varchar as identity_type,
    a.is_grantable as admin_option
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee;

create view svv_schema_privileges as
select n.nspname::varchar as namespace_name, a.privilege_type::varchar as privilege_type, r.rolname::varchar as identity_name,
    case when r.rolcanlogin then 'user' else 'group' end::varchar as identity_type, a.is_grantable as admin_option
from pg_namespace n cross join aclexplode(n.nspacl) a join pg_roles r on r.oid = a.grantee;

create view svv_roles as select 0 as role_id, ''::varchar as role_name where false;

create function pg_get_late_binding_view_cols() returns setof record language sql as
$$ select ''::name, ''::name, ''::name, ''::varchar, 0 where false $$;

create view svv_table_info as
select
    current_database()::varchar as "database", n.nspname::varchar as "schema", c.oid as table_id,
    c.relname::varchar as "table", 'Y'::varchar as encoded, 'AUTO(ALL)'::varchar as diststyle,
    'AUTO(SORTKEY)'::varchar as sortkey1, 65535 as max_varchar, 'none'::char(32) as sortkey1_enc, 0 as sortkey_num,
    pg_relation_size(c.oid) / 1048576 as size, 0::numeric(10, 4) as pct_used, null::numeric(5, 2) as unsorted,
    0::numeric(5, 2) as stats_off, greatest(c.reltuples, 0)::numeric(38, 0) as tbl_rows,
    null::numeric(19, 2) as skew_sortkey1, null::numeric(19, 2) as skew_rows
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast');
"""
