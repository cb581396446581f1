{#- Materialization `qupersync_view`: a view that is replaced in place. Grants on it and views upon it survive each build, which dbt's
    own `view` drops with the view. A view whose definition is unchanged is not touched: no lock waits for its readers. -#}
{%- materialization qupersync_view, default -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set outdated = load_cached_relation(outdated_relation(target_relation)) -%}
    {%- set grant_config = config.get('grants') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if outdated and drop_outdated(outdated) -%}{%- set outdated = none -%}{%- endif -%}
    {#- With --empty the SQL reads no rows: an existing view must not be given it. -#}
    {%- if is_empty_build() and existing and existing.is_view -%}
        {%- set change = {'action': 'none'} -%}
        {%- call statement('begin') -%} select 1 {%- endcall -%}
    {%- else -%}
        {%- set change = view_change(existing, sql) -%}
    {%- endif -%}

    {%- if change.action == 'none' -%}
        {%- if config.get('contract').enforced -%}{%- do get_assert_columns_equivalent(sql) -%}{%- endif -%}
        {%- do store_raw_result(name='main', message='UNCHANGED VIEW', code='UNCHANGED VIEW', rows_affected='-1') -%}
    {%- else -%}
        {%- set grants = [] -%}
        {%- if change.action == 'set_aside' -%}
            {#- Before the name changes, by which Redshift lists them. -#}
            {%- do grants.extend(grants_of(existing)) -%}
            {%- do set_aside(existing, outdated) -%}
        {%- endif -%}
        {% call statement('main') -%}
            {{ get_replace_view_sql(target_relation, change.sql) }}
        {%- endcall %}
        {%- do copy_grants(grants, target_relation) -%}
    {%- endif -%}

    {%- do apply_grants(target_relation, grant_config, should_revoke(existing, full_refresh_mode=False)) -%}
    {%- do persist_docs(target_relation, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization -%}
