{#- Hook: creates staging tables and columns that models read and no sync has made yet, empty, as a sync would. dbt may run
    before the first sync, or after an upgrade and before the next one. In a project that uses this package a schema without
    staging tables is the wrong one: there it is an error. -#}
{%- macro create_missing_staging() -%}
    {%- if builds_own_models() -%}
        {%- set present = staging_columns() -%}
        {%- set schema = staging_schema() -%}
        {%- set synced = 'sync_runs' in present -%}
        {%- if not synced and is_installed_package() and not var('qupersync_allow_empty_staging', false) -%}
            {%- do exceptions.raise_compiler_error(
                'Schema ' ~ schema ~ ' of target ' ~ target.name ~ ' has no table sync_runs: no `qupersync sync` loads into it. '
                ~ 'Set the var qupersync_staging_schema to the schema that one loads into, such as '
                ~ 'vars: {qupersync: {qupersync_staging_schema: qupersync_staging}}; '
                ~ 'to build on empty tables, set the var qupersync_allow_empty_staging to true.'
            ) -%}
        {%- endif -%}
        {%- if not present -%}{%- do run_query('create schema if not exists ' ~ adapter.quote(schema)) -%}{%- endif -%}
        {%- for source in own_sources() -%}
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
        {%- if not synced or not run_query('select 1 from ' ~ adapter.quote(schema) ~ '.sync_runs limit 1').rows -%}
            {%- do exceptions.warn(
                'Schema ' ~ schema ~ ' of target ' ~ target.name ~ ' holds no sync: the models are built on empty tables. '
                ~ '`qupersync sync` fills them; where it loads into another schema, set the var qupersync_staging_schema.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
