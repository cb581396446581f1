{#- The watermarks that this model reaches, a list of [cluster, synced_at]: those that its compiled SQL was written for. For its hooks,
    which are rendered inside its transaction and must not ask the ledger there. -#}
{%- macro new_watermarks() -%}
    {{- return(modules.re.findall('-- applied until: ([^ \n]+) ([^\n]+)', model.compiled_code or '') if execute else []) -}}
{%- endmacro -%}
