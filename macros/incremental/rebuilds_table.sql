{#- Whether this run builds an existing incremental model anew: a history from staging when the var rebuild_history asks for it, a mart
    from the histories when `--full-refresh` does or when an earlier version built it without some column of its YAML.

    The table stays, and its rows are replaced (see empty_rebuilt_table): dbt's own full refresh drops the table, with its grants and
    the views upon it. Such models have `full_refresh: false`, so that dbt leaves them to this. -#}
{%- macro rebuilds_table() -%}
    {%- if not is_incremental() -%}
        {{- return(false) -}}
    {%- elif 'marts' not in model.fqn and 'costs' not in model.fqn -%}
        {{- return(var('rebuild_history', false)) -}}
    {%- endif -%}
    {{- return(flags.FULL_REFRESH or missing_columns() | length > 0) -}}
{%- endmacro -%}
