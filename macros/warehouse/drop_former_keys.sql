{#- Hook: drops primary keys of incremental models that an earlier version declared and this one does not. The ledger absorbed_syncs has
    several rows per key now. Redshift's planner trusts a key that nothing enforces. -#}
{%- macro drop_former_keys() -%}
    {%- if builds_own_models() -%}
        {%- for schema, models in own_models() | selectattr('config.materialized', 'equalto', 'incremental') | groupby('schema') -%}
            {%- set keyless = [] -%}
            {%- for model in models if not (model.constraints or []) | selectattr('type', 'equalto', 'primary_key') | list -%}
                {%- do keyless.append(model.alias) -%}
            {%- endfor -%}
            {%- set found = run_query(
                "select table_name, constraint_name from information_schema.table_constraints "
                ~ "where constraint_type = 'PRIMARY KEY' and table_schema = " ~ sql_literal(schema)
            ).rows -%}
            {%- for row in found if row[0] in keyless -%}
                {%- do run_query(
                    'alter table ' ~ adapter.quote(schema) ~ '.' ~ adapter.quote(row[0]) ~ ' drop constraint ' ~ adapter.quote(row[1])
                ) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do commit_now() -%}
    {%- endif -%}
{%- endmacro -%}
