{#- Hook: drops an incremental mart that lacks a column of its YAML, because an earlier version built it. It holds nothing that
    the entities do not hold: the build that follows recreates it from all of history. Only a mart that this command builds. -#}
{%- macro drop_outdated_marts() -%}
    {%- if builds_own_models() -%}
        {%- for model in selected_own_models() if model.config.materialized == 'incremental' and 'marts' in model.fqn -%}
            {%- set relation = adapter.get_relation(model.database, model.schema, model.alias) -%}
            {%- if relation -%}
                {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
                {%- set missing = model.columns | reject('in', present) | list -%}
                {%- if missing and is_empty_build() -%}
                    {%- do exceptions.raise_compiler_error(
                        model.name ~ ' lacks ' ~ missing | join(', ') ~ ': an earlier version built it. Build it once without --empty.'
                    ) -%}
                {%- elif missing -%}
                    {%- do log(
                        model.name ~ ' lacks ' ~ missing | join(', ') ~ ': dropped, to be rebuilt from all of history', info=true
                    ) -%}
                    {%- do adapter.drop_relation(relation) -%}
                    {%- do commit_now() -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
