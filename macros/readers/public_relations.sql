{#- What the readers (var `readers`) may select from: the entities, marts and findings of this package that exist. A list of
    relations. -#}
{%- macro public_relations() -%}
    {%- set relations = [] -%}
    {%- for model in own_models() if model.config.materialized != 'ephemeral' and model.fqn[1] in ('entities', 'marts', 'findings') -%}
        {%- set relation = adapter.get_relation(model.database, model.schema, model.alias) -%}
        {%- if relation -%}{%- do relations.append(relation) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(relations) -}}
{%- endmacro -%}
