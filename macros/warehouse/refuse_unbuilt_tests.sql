{#- Hook of `dbt test`, which makes nothing: says what is missing where nothing was built, before each test fails for itself. -#}
{%- macro refuse_unbuilt_tests() -%}
    {%- if execute and flags.WHICH == 'test' -%}
        {%- set tested = [] -%}
        {%- for name in selected_resources if name.startswith('test.qupersync.') -%}
            {%- do tested.extend(graph.nodes[name].depends_on.nodes if name in graph.nodes else []) -%}
        {%- endfor -%}
        {%- set ledger = own_models() | selectattr('name', 'equalto', 'absorbed_syncs') | first -%}
        {%- if tested and not adapter.get_relation(ledger.database, ledger.schema, ledger.alias) -%}
            {%- do exceptions.raise_compiler_error(
                'Nothing to test: target ' ~ target.name ~ ' was never built (' ~ ledger.schema ~ ' has no table ' ~ ledger.alias
                ~ '). Run `qupersync build` or `dbt build` first.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
