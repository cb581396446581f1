{#- Pre-hook of a model with `meta.applies_syncs`, in its transaction: keeps the watermarks that it reaches in a temporary table, from
    which record_applied_syncs copies them into the ledger. The table exists in this session only. dbt-redshift with `retries`
    repeats a single statement in a new session, where the model's rows are rolled back: there the ledger's statement fails. -#}
{%- macro begin_applying_syncs() -%}
    {%- set watermarks = new_watermarks() -%}
    {%- if watermarks -%}
    create temporary table {{ new_watermarks_table() }} as
        {%- for cluster, last in watermarks %}
        select cast({{ sql_literal(cluster) }} as varchar(128)) as cluster_id, cast('{{ last }}' as timestamp) as absorbed_until
        {{- ' union all' if not loop.last }}
        {%- endfor %}
    {%- endif -%}
{%- endmacro -%}
