{#- Part of grant_to_readers: grants, and adds to the table reader_grants what was not yet held. -#}
{%- macro grant_what_readers_lack(given, given_table) -%}
    {%- set wanted = [] -%}
    {%- for relation in public_relations() -%}
        {%- do wanted.append((relation.schema, '')) -%}
        {%- do wanted.append((relation.schema, relation.identifier)) -%}
    {%- endfor -%}
    {%- if wanted -%}
        {%- for schema in schemas_behind_views() -%}{%- do wanted.append((schema, '')) -%}{%- endfor -%}
    {%- endif -%}
    {%- if readers() and wanted -%}
        {%- set held = held_grants(wanted | map(attribute=0) | unique(case_sensitive=true) | list) -%}
        {#- The owner needs no grant, and could lose its own rights with one that is taken back. -#}
        {%- for reader in readers() if reader != target.user -%}
            {%- for schema, relation in wanted | unique if (schema, relation, reader) not in held -%}
                {%- do run_query('grant ' ~ select_or_usage(schema, relation) ~ ' to ' ~ grantee(reader)) -%}
                {%- if (schema, relation, reader) not in given -%}
                    {%- do run_query(
                        'insert into ' ~ given_table ~ ' values (' ~ sql_literal(schema) ~ ', ' ~ sql_literal(relation) ~ ', '
                        ~ sql_literal(reader) ~ ')'
                    ) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
