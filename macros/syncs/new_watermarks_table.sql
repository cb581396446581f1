{#- Name of the temporary table with the watermarks that a model reaches (see begin_applying_syncs). -#}
{%- macro new_watermarks_table() -%}
    {{- adapter.quote(this.name ~ '__applied') -}}
{%- endmacro -%}
