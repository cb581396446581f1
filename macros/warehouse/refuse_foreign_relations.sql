{#- Hook: stops the first build in a project that uses this package when a table or view of another origin has the name of one of
    our models: dbt would write into it, or replace it. Once the ledger absorbed_syncs is there, the relations are ours. -#}
{%- macro refuse_foreign_relations() -%}
    {%- if builds_own_models() and is_installed_package() -%}
        {%- set ledger = own_models() | selectattr('name', 'equalto', 'absorbed_syncs') | first -%}
        {%- set foreign = [] -%}
        {%- if not adapter.get_relation(ledger.database, ledger.schema, ledger.alias) -%}
            {%- for model in selected_own_models() if model.config.materialized != 'ephemeral' -%}
                {%- set relation = adapter.get_relation(model.database, model.schema, model.alias) -%}
                {%- if relation -%}
                    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
                    {%- set is_view = model.config.materialized in ('view', 'qupersync_view') -%}
                    {%- if relation.is_view != is_view or model.columns | reject('in', present) | list -%}
                        {%- do foreign.append(model.schema ~ '.' ~ model.alias) -%}
                    {%- endif -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if foreign -%}
            {%- do exceptions.raise_compiler_error(
                foreign | join(', ') ~ ' exists and was not built by QuperSync, which would replace it or write into it. '
                ~ 'Give its models schemas of their own: vars qupersync_entities_schema, qupersync_marts_schema and '
                ~ 'qupersync_views_schema.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
