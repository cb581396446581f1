{#- dbt may run before the first sync, or after an upgrade and before the next one: then the staging tables and columns
    that models read are made, empty, as the sync would. -#}
{%- macro prepare_warehouse() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed', 'test', 'compile', 'show') -%}
        {%- set schema = target.schema ~ '_staging' -%}
        {%- set present = {} -%}
        {%- set found = run_query(
            "select table_name, column_name from information_schema.columns where table_schema = '" ~ schema ~ "'"
        ) -%}
        {%- for row in found.rows -%}{%- do present.setdefault(row[0], []).append(row[1]) -%}{%- endfor -%}
        {%- if not present -%}
            {%- do run_query('create schema if not exists ' ~ adapter.quote(schema)) -%}
            {%- do log('staging is empty: nothing has been synced into ' ~ target.name ~ ' yet', info=true) -%}
        {%- endif -%}
        {%- for source in graph.sources.values() -%}
            {%- set relation = adapter.quote(schema) ~ '.' ~ adapter.quote(source.name) -%}
            {%- set columns = [] -%}
            {%- for column in source.columns.values() if column.name not in present.get(source.name, []) -%}
                {%- set required = (column.meta or {}).get('required') and source.name not in present -%}
                {%- do columns.append(adapter.quote(column.name) ~ ' ' ~ column.data_type ~ (' not null' if required else '')) -%}
            {%- endfor -%}
            {%- if source.name not in present -%}
                {%- do run_query('create table if not exists ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')') -%}
            {%- else -%}
                {%- for column in columns -%}{%- do run_query('alter table ' ~ relation ~ ' add column ' ~ column) -%}{%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do tend_tables(schema) -%}
        {%- do renew_changed_marts() -%}
    {%- endif -%}
{%- endmacro -%}


{#- What a database needs to find new rows cheaply. Redshift keeps house itself. -#}
{%- macro tend_tables(schema) -%}{{- return(adapter.dispatch('tend_tables', 'qupersync')(schema)) -}}{%- endmacro -%}

{%- macro redshift__tend_tables(schema) -%}{%- endmacro -%}

{#- The indexes that rows are looked up by, where one is missing, and statistics after a large load: without them the
    build is planned blindly, and the server's own housekeeping comes a minute too late. Only the owner may; each step is
    committed, so that none waits for a sync while it holds what the sync waits for. -#}
{%- macro postgres__tend_tables(schema) -%}
    {%- set owned = "pg_has_role(pg_class.relowner, 'usage') and pg_class.relnamespace = to_regnamespace('" ~ adapter.quote(schema) ~ "')" -%}
    {%- set present = run_query("select indexname from pg_indexes where schemaname = '" ~ schema ~ "'").columns[0].values() | list -%}
    {%- set tables = run_query("select relname from pg_class where relkind = 'r' and " ~ owned).columns[0].values() | list -%}
    {%- set wanted = [] -%}
    {%- for source in graph.sources.values() -%}
        {%- for name, columns in (source.meta.indexes or {}).items() -%}{%- do wanted.append((source.name, name, columns)) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for table, name, columns in wanted if table in tables and name not in present -%}
        {%- do run_query("set local maintenance_work_mem = '256MB'") -%}
        {%- do run_query(
            'create index if not exists ' ~ adapter.quote(name) ~ ' on ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(table)
            ~ ' (' ~ columns | map('tojson') | join(', ') ~ ')'
        ) -%}
        {%- do run_query('commit') -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' -%}
        {%- set found = run_query(
            "select indexdef from pg_indexes inner join pg_class on pg_class.oid = to_regclass('"
            ~ adapter.quote(node.schema) ~ '.' ~ adapter.quote(node.name) ~ "') where schemaname = '" ~ node.schema
            ~ "' and tablename = '" ~ node.name ~ "' and pg_has_role(pg_class.relowner, 'usage')"
        ).columns[0].values() | list -%}
        {#- One that a later version added: dbt makes a model's indexes with its table only. Without any it has no table yet. -#}
        {%- for index in node.config.indexes or [] if found and not index.type -%}
            {%- set columns = index.columns | join(', ') -%}
            {%- if not (found | join(';')).count('USING btree (' ~ columns ~ ')') -%}
                {%- do run_query('create index on ' ~ adapter.quote(node.schema) ~ '.' ~ adapter.quote(node.name) ~ ' (' ~ columns ~ ')') -%}
                {%- do run_query('commit') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set changed = run_query(
        "select pg_class.relname from pg_class inner join pg_stat_user_tables as stats on pg_class.oid = stats.relid "
        ~ "where stats.n_mod_since_analyze > 0.1 * greatest(pg_class.reltuples, 0) and " ~ owned
    ).columns[0].values() -%}
    {%- for table in changed -%}
        {%- do run_query('analyze ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(table)) -%}
        {%- do run_query('commit') -%}
    {%- endfor -%}
{%- endmacro -%}


{#- A mart that is kept as a table and lacks a column that its description has was built by an earlier version. It holds
    nothing that the entities do not: it goes, and dbt builds it from all of history. -#}
{%- macro renew_changed_marts() -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.config.materialized == 'incremental' and 'marts' in node.fqn -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.name) -%}
        {%- if relation -%}
            {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
            {%- set lacking = node.columns | reject('in', present) | list -%}
            {%- if lacking -%}
                {%- do log(node.name ~ ' gets ' ~ lacking | join(', ') ~ ': built anew from history', info=true) -%}
                {%- do adapter.drop_relation(relation) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}


{#- A rebuild from staging would cut a history that staging no longer reaches back to: refuse, with the dates. -#}
{%- macro refuse_shorter_history() -%}
    {%- if execute and var('rebuild_history', false) and flags.WHICH in ('build', 'run') -%}
        {%- set pairs = [
            ('query_history', 'start_time', 'sys_query_history', 'start_time'),
            ('table_stats_history', 'synced_at', 'svv_table_info', 'synced_at'),
            ('node_details_history', 'synced_at', 'stv_node_storage_capacity', 'synced_at'),
            ('serverless_usage_history', 'start_time', 'sys_serverless_usage', 'start_time'),
        ] -%}
        {%- for entity, entity_time, view, view_time in pairs -%}
            {%- set relation = adapter.get_relation(target.database, target.schema, entity) -%}
            {%- if relation -%}
                {%- set kept = run_query('select min(' ~ entity_time ~ ') from ' ~ relation).rows[0][0] -%}
                {%- set staged = run_query('select min(' ~ view_time ~ ') from ' ~ adapter.quote(target.schema ~ '_staging') ~ '.' ~ view).rows[0][0] -%}
                {%- if kept is not none and (staged is none or staged > kept) -%}
                    {%- do exceptions.raise_compiler_error(
                        'rebuild_history refused: ' ~ entity ~ ' reaches back to ' ~ kept ~ ', but staging only to ' ~ staged
                        ~ '; a rebuild would lose what lies between'
                    ) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}


{#- A whole number that fits 64 bits, whatever a sum came to. -#}
{%- macro to_bigint(expression) -%}
    cast(least(greatest(cast({{ expression }} as numeric(38, 0)), -9223372036854775807), 9223372036854775807) as bigint)
{%- endmacro -%}


{#- Indexes are PostgreSQL's access paths; Redshift has dist and sort keys instead, in the same config. -#}
{%- macro indexes_where_there_are_any(indexes) -%}
    {{- return(adapter.dispatch('indexes_where_there_are_any', 'qupersync')(indexes)) -}}
{%- endmacro -%}
{%- macro default__indexes_where_there_are_any(indexes) -%}{{ return(indexes) }}{%- endmacro -%}
{%- macro redshift__indexes_where_there_are_any(indexes) -%}{{ return([]) }}{%- endmacro -%}
