{#- dbt may run before the first sync: then the staging tables that models read are made, empty, as the sync would. -#}
{%- macro prepare_warehouse() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'seed', 'test', 'compile', 'show') -%}
        {%- set schema = target.schema ~ '_staging' -%}
        {%- set missing = [] -%}
        {%- set present = [] -%}
        {%- set found = run_query("select table_name from information_schema.tables where table_schema = '" ~ schema ~ "'") -%}
        {%- for row in found.rows -%}{%- do present.append(row[0]) -%}{%- endfor -%}
        {%- for source in graph.sources.values() if source.name not in present -%}{%- do missing.append(source) -%}{%- endfor -%}
        {%- if missing -%}
            {%- do run_query('create schema if not exists ' ~ adapter.quote(schema)) -%}
            {%- for source in missing -%}
                {%- set columns = [] -%}
                {%- for column in source.columns.values() -%}
                    {%- do columns.append(adapter.quote(column.name) ~ ' ' ~ column.data_type ~ (' not null' if (column.meta or {}).get('required'))) -%}
                {%- endfor -%}
                {%- do run_query('create table if not exists ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(source.name) ~ ' (' ~ columns | join(', ') ~ ')') -%}
            {%- endfor -%}
            {%- if present == [] %}{% do log('staging is empty: nothing has been synced into ' ~ target.name ~ ' yet', info=true) %}{% endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- A rebuild from staging would cut a history that staging no longer reaches back to: refuse, with the dates. -#}
{%- macro refuse_shorter_history() -%}
    {%- if execute and var('rebuild_history', false) and flags.WHICH in ('build', 'run') -%}
        {%- set pairs = [
            ('query_history', 'start_time', 'sys_query_history', 'start_time'),
            ('table_stats_history', 'synced_at', 'svv_table_info', 'synced_at'),
            ('node_details_history', 'synced_at', 'stv_node_storage_capacity', 'synced_at'),
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
