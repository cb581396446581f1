{#- Hook: stops a build with --defer in which an incremental model would read another environment's tables. It would record syncs as
    applied, here or in the ledger of that environment, whose rows it has not got. -#}
{%- macro refuse_deferred_parents() -%}
    {%- if builds_own_models() and invocation_args_dict.get('defer') -%}
        {%- for model in selected_own_models() if model.config.materialized == 'incremental' -%}
            {%- for parent in physical_parents(model) if parent.unique_id not in selected_resources -%}
                {%- if invocation_args_dict.get('favor_state') or not adapter.get_relation(parent.database, parent.schema, parent.alias) -%}
                    {%- do exceptions.raise_compiler_error(
                        '--defer refused: ' ~ model.name ~ ' would read ' ~ parent.name ~ ' of another environment and keep its rows here. '
                        ~ 'Select ' ~ parent.name ~ ' as well (--select +' ~ model.name ~ '), or leave out --defer and --favor-state.'
                    ) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
