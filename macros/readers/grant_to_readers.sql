{#- Hook at the end of a build: gives each of the var `readers` SELECT on the entities, marts and findings and USAGE of their schemas,
    and takes back from a role that left the list what this hook gave it. The table reader_grants lists that, and not what a role
    had before: dbt's own `grants` would revoke whatever is not listed. -#}
{%- macro grant_to_readers() -%}
    {%- if builds_own_models() and not is_empty_build() -%}
        {%- set staging = own_models() | selectattr('name', 'equalto', 'pending_syncs') | first -%}
        {%- set given_table = quoted_name(staging.schema) ~ '."reader_grants"' -%}
        {%- set exists = adapter.get_relation(staging.database, staging.schema, 'reader_grants') -%}
        {%- if readers() or exists -%}
            {%- if not exists -%}
                {%- do run_query(
                    'create table if not exists ' ~ given_table
                    ~ ' (schema_name varchar(128) not null, relation_name varchar(128) not null, reader varchar(300) not null)'
                ) -%}
            {%- endif -%}
            {%- set given = [] -%}
            {%- for row in run_query('select schema_name, relation_name, reader from ' ~ given_table).rows -%}
                {%- do given.append((row[0], row[1], row[2])) -%}
            {%- endfor -%}
            {%- do revoke_from_former_readers(given, given_table) -%}
            {%- do grant_what_readers_lack(given, given_table) -%}
            {%- do commit_now() -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
