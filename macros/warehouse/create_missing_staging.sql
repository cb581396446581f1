{#- Hook: creates staging tables and columns that models read and no sync has made yet, empty, as a sync would. dbt may run
    before the first sync, or after an upgrade and before the next one. -#}
{%- macro create_missing_staging() -%}
    {%- if command_uses_warehouse() -%}
        {%- for schema, sources in own_sources() | groupby('schema') -%}
            {%- set present = {} -%}
            {%- set found = run_query(
                "select table_name, column_name from information_schema.columns where table_schema = '" ~ schema ~ "'"
            ) -%}
            {%- for row in found.rows -%}{%- do present.setdefault(row[0], []).append(row[1]) -%}{%- endfor -%}
            {%- if not present -%}
                {%- do run_query('create schema if not exists ' ~ adapter.quote(schema)) -%}
                {%- do log(
                    schema ~ ' has no tables: nothing has been synced into target ' ~ target.name
                    ~ ' yet. Building on empty tables; `qupersync sync` fills them.', info=true
                ) -%}
            {%- endif -%}
            {%- for source in sources -%}
                {%- set relation = adapter.quote(schema) ~ '.' ~ adapter.quote(source.name) -%}
                {%- set columns = [] -%}
                {%- for column in source.columns.values() if column.name not in present.get(source.name, []) -%}
                    {#- A column that is added to rows cannot be required: those rows have no value of it. -#}
                    {%- set required = (column.meta or {}).get('required') and source.name not in present -%}
                    {%- do columns.append(adapter.quote(column.name) ~ ' ' ~ column.data_type ~ (' not null' if required else '')) -%}
                {%- endfor -%}
                {%- if source.name not in present -%}
                    {%- do run_query(
                        'create table if not exists ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')' ~ staging_sort_key(source)
                    ) -%}
                {%- else -%}
                    {%- for column in columns -%}{%- do run_query('alter table ' ~ relation ~ ' add column ' ~ column) -%}{%- endfor -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
