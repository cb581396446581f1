{#- Part of grant_to_readers: takes back what it gave to roles that are no longer in the var `readers`. It does not ask who holds what:
    Redshift shows an ordinary user its own grants alone, and to revoke what is not held is no error. What is gone, relation or role,
    took its grants along. -#}
{%- macro revoke_from_former_readers(given, given_table) -%}
    {%- set former = given | map(attribute=2) | reject('in', readers()) | unique(case_sensitive=true) | list -%}
    {%- if former -%}
        {%- set known = known_grantees() -%}
        {%- for reader in former -%}
            {%- if reader not in known and may_be_hidden(reader) -%}
                {%- do exceptions.warn(
                    'Taking back what var readers gave to ' ~ reader | tojson ~ ', which target ' ~ target.name ~ ' does not show to '
                    ~ target.user ~ '. If the role was dropped, this fails: then run delete from ' ~ given_table ~ ' where reader = '
                    ~ sql_literal(reader) ~ ';'
                ) -%}
            {%- endif -%}
            {%- if reader in known or may_be_hidden(reader) -%}
                {%- for schema, relation, _ in given | selectattr(2, 'equalto', reader) if still_exists(schema, relation) -%}
                    {%- do run_query('revoke ' ~ select_or_usage(schema, relation) ~ ' from ' ~ grantee(reader)) -%}
                {%- endfor -%}
            {%- endif -%}
            {%- do run_query('delete from ' ~ given_table ~ ' where reader = ' ~ sql_literal(reader)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
