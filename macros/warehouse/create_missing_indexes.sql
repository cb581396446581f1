{#- Hook: creates the indexes that rows are looked up by, where one is missing: those of staging (`meta.indexes` of a source),
    and those that a later version added to a model (dbt creates a model's indexes with its table only). -#}
{%- macro create_missing_indexes() -%}
    {%- if builds_own_models() -%}{{- return(adapter.dispatch('create_missing_indexes', 'qupersync')()) -}}{%- endif -%}
{%- endmacro -%}

{%- macro default__create_missing_indexes() -%}{{ unsupported_adapter('create_missing_indexes') }}{%- endmacro -%}

{%- macro redshift__create_missing_indexes() -%}{%- endmacro -%}

{#- Only a table's owner may create an index. Each one is committed by itself: a hook that waits for a running sync must not
    hold what that sync waits for. -#}
{%- macro postgres__create_missing_indexes() -%}
    {%- for schema, sources in own_sources() | groupby('schema') -%}
        {%- set present = run_query("select indexname from pg_indexes where schemaname = '" ~ schema ~ "'").columns[0].values() | list -%}
        {%- set owned = run_query(
            "select relname from pg_class where relkind = 'r' and pg_has_role(relowner, 'usage') and relnamespace = to_regnamespace('"
            ~ adapter.quote(schema) ~ "')"
        ).columns[0].values() | list -%}
        {%- for source in sources if source.name in owned -%}
            {%- for name, columns in (source.meta.indexes or {}).items() if name not in present -%}
                {%- do run_query("set local maintenance_work_mem = '256MB'") -%}
                {%- do run_query(
                    'create index if not exists ' ~ adapter.quote(name) ~ ' on ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(source.name)
                    ~ ' (' ~ columns | map('tojson') | join(', ') ~ ')'
                ) -%}
                {%- do commit_now() -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for model in own_models() if model.config.materialized == 'incremental' -%}
        {%- set relation = adapter.quote(model.schema) ~ '.' ~ adapter.quote(model.alias) -%}
        {%- set found = run_query(
            "select indexdef from pg_indexes inner join pg_class on pg_class.oid = to_regclass('" ~ relation ~ "') where schemaname = '"
            ~ model.schema ~ "' and tablename = '" ~ model.alias ~ "' and pg_has_role(pg_class.relowner, 'usage')"
        ).columns[0].values() | list -%}
        {#- Without any index the table does not exist yet (dbt will create both), or has another owner. -#}
        {%- for index in model.config.indexes or [] if found and not index.type -%}
            {%- set columns = index.columns | join(', ') -%}
            {%- if not (found | join(';')).count('USING btree (' ~ columns ~ ')') -%}
                {%- do run_query('create index on ' ~ relation ~ ' (' ~ columns ~ ')') -%}
                {%- do commit_now() -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}
