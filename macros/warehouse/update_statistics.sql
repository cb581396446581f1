{#- Hook: updates the planner statistics of staging tables that grew by more than a tenth. Right after a large load PostgreSQL
    would plan the build without them: autovacuum comes up to a minute later. Redshift analyzes by itself. -#}
{%- macro update_statistics() -%}
    {%- if builds_own_models() -%}{{- return(adapter.dispatch('update_statistics', 'qupersync')()) -}}{%- endif -%}
{%- endmacro -%}

{%- macro default__update_statistics() -%}{{ unsupported_adapter('update_statistics') }}{%- endmacro -%}

{%- macro redshift__update_statistics() -%}{%- endmacro -%}

{#- Only a table's owner may analyze it. Each table is committed by itself, so that no lock is held while the next one waits. -#}
{%- macro postgres__update_statistics() -%}
    {%- for schema in own_sources() | map(attribute='schema') | unique -%}
        {%- set changed = run_query(
            "select pg_class.relname from pg_class inner join pg_stat_user_tables as stats on pg_class.oid = stats.relid "
            ~ "where stats.n_mod_since_analyze > 0.1 * greatest(pg_class.reltuples, 0) and pg_has_role(pg_class.relowner, 'usage') "
            ~ "and pg_class.relnamespace = to_regnamespace('" ~ adapter.quote(schema) ~ "')"
        ).columns[0].values() -%}
        {%- set own = own_sources() | map(attribute='name') | list -%}
        {%- for table in changed if table in own -%}
            {%- do run_query('analyze ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(table)) -%}
            {%- do commit_now() -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}
