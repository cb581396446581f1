{#- The tables that keep ledger entries in absorbed_syncs: those of the models with `meta.applies_syncs`. -#}
{%- macro models_applying_syncs() -%}
    {%- set names = [] -%}
    {%- for model in own_models() if (model.config.meta or {}).get('applies_syncs') -%}
        {%- for hook, macro in (('pre-hook', 'begin_applying_syncs'), ('post-hook', 'record_applied_syncs')) -%}
            {%- if macro not in model.config[hook] | map(attribute='sql') | join -%}
                {%- do exceptions.raise_compiler_error(
                    model.name ~ ' has meta applies_syncs but does not record them: add ' ~ macro ~ '() to its ' ~ hook
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do names.append(model.alias) -%}
    {%- endfor -%}
    {{- return(names | sort) -}}
{%- endmacro -%}
