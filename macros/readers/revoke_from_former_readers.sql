{#- Part of grant_to_readers: takes back what it gave to roles that are no longer in the var `readers`. -#}
{%- macro revoke_from_former_readers(given, given_table) -%}
    {%- set former = given | map(attribute=2) | reject('in', readers()) | unique(case_sensitive=true) | list -%}
    {%- if former -%}
        {%- set known = known_grantees() -%}
        {%- set held = held_grants(given | map(attribute=0) | unique(case_sensitive=true) | list) -%}
        {%- for schema, relation, reader in given if reader in former and reader in known and (schema, relation, reader) in held -%}
            {%- do run_query('revoke ' ~ select_or_usage(schema, relation) ~ ' from ' ~ grantee(reader)) -%}
        {%- endfor -%}
        {%- for reader in former -%}
            {%- do run_query('delete from ' ~ given_table ~ ' where reader = ' ~ sql_literal(reader)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
