{#- Hook: deletes the rows of the ledger absorbed_syncs that a newer row of the same entity and cluster supersedes, once there are many.
    By literals and in a transaction of its own: it reads nothing there that a model writes at the same time. -#}
{%- macro compact_ledger() -%}
    {%- for model in own_models() if model.name == 'absorbed_syncs' and builds_own_models() and not is_empty_build() -%}
        {%- set ledger = adapter.get_relation(model.database, model.schema, model.alias) -%}
        {%- if ledger -%}
            {%- set newest = run_query(
                'select entity, cluster_id, max(absorbed_until), count(*) from ' ~ ledger ~ ' group by entity, cluster_id'
            ).rows -%}
            {%- do commit_now() -%}
            {%- if newest | map(attribute=3) | sum > 1000 + 2 * newest | length -%}
                {%- set superseded = [] -%}
                {%- for row in newest -%}
                    {%- do superseded.append(
                        '(entity = ' ~ sql_literal(row[0]) ~ ' and cluster_id = ' ~ sql_literal(row[1])
                        ~ " and absorbed_until < cast('" ~ row[2] ~ "' as timestamp))"
                    ) -%}
                {%- endfor -%}
                {%- do run_query('delete from ' ~ ledger ~ ' where ' ~ superseded | join(' or ')) -%}
                {%- do commit_now() -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}
