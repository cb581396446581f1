{#- The tables that keep a ledger entry in absorbed_syncs: those of the models with `meta.applies_syncs`. -#}
{%- macro models_applying_syncs() -%}
    {%- set names = [] -%}
    {%- for model in own_models() if (model.config.meta or {}).get('applies_syncs') -%}
        {%- if 'record_applied_syncs' not in model.config['post-hook'] | map(attribute='sql') | join -%}
            {%- do exceptions.raise_compiler_error(
                model.name ~ ' has meta applies_syncs but does not record them: add record_applied_syncs() to its post_hook'
            ) -%}
        {%- endif -%}
        {%- do names.append(model.alias) -%}
    {%- endfor -%}
    {{- return(names | sort) -}}
{%- endmacro -%}
