{#- The first day of the window of query_regressions, over all clusters: asked beforehand, so that the model reads its days by a literal
    bound. -#}
{%- macro first_regression_day() -%}
    {%- set newest = none -%}
    {%- if execute and model.resource_type != 'unit_test' and not is_empty_build() -%}
        {%- set syncs = source('qupersync_staging', 'sync_runs') -%}
        {#- There is none where the model is compiled, not built, in a warehouse without a sync. -#}
        {%- if load_relation(syncs) -%}
            {%- set newest = run_query(
                'select min(newest.synced_at) from (select cluster_id, max(synced_at) as synced_at from '
                ~ syncs ~ " where outcome = 'ok' group by cluster_id) as newest"
            ).rows[0][0] -%}
            {%- do commit_now() -%}
        {%- endif -%}
    {%- endif -%}
    {{- return((newest - modules.datetime.timedelta(days=var('regressions_days'))).date() if newest else '1900-01-01') -}}
{%- endmacro -%}
