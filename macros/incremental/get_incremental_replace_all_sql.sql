{#- Incremental strategy `replace_all`: the table's rows are replaced by those of the query, in one transaction. dbt's own `table` drops
    the table, and with it grants and the views upon it. DELETE, not TRUNCATE, which makes readers wait and on Redshift commits. -#}
{%- macro get_incremental_replace_all_sql(arg_dict) -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {#- With --empty the table keeps its rows. -#}
    {%- if not is_empty_build() %}
    delete from {{ arg_dict['target_relation'] }};
    {%- endif %}
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    {%- if is_empty_build() %}
    where 1 = 0
    {%- endif %}
{%- endmacro -%}
