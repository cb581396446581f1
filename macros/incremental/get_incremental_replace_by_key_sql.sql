{#- Incremental strategy `replace_by_key`: the increment's rows replace all rows of the same keys. Idempotent: an increment
    that is applied twice leaves the same rows. With --empty it replaces nothing.

    `unique_key` is the key of a row or, where a key may still change (a vacuum's start that arrives after its finish), the
    columns of the group that is replaced as a whole. `meta.bound` names a column of the target: its range in the increment
    bounds the delete by literals, which PostgreSQL serves from an index and Redshift from its zone maps. -#}
{%- macro get_incremental_replace_by_key_sql(arg_dict) -%}
    {%- set target_table = arg_dict['target_relation'] -%}
    {%- set increment = arg_dict['temp_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set bound = (config.get('meta') or {}).get('bound') -%}
    {%- set is_empty = is_empty_build() -%}
    {%- if needs_analyze() -%}{%- do run_query('analyze ' ~ increment) -%}{%- endif -%}
    {%- set range = none -%}
    {%- if bound and execute and not is_empty -%}
        {%- set range = run_query('select min(' ~ bound ~ '), max(' ~ bound ~ ') from ' ~ increment).rows[0] -%}
    {%- endif %}
    {#- A range of NULLs: the increment is empty, and there is nothing to delete. #}
    {%- if not is_empty and (not bound or (range and range[0] is not none)) %}
    {%- set key = arg_dict['unique_key'] | join(', ') %}
    delete from {{ target_table }}
    where
        ({{ key }}) in (select {{ key }} from {{ increment }})
        {%- if range %}
        and {{ bound }} between '{{ range[0] }}' and '{{ range[1] }}'
        {%- endif %};
    {%- endif %}
    insert into {{ target_table }} ({{ columns }})
    select {{ columns }} from {{ increment }}
    {%- if is_empty %}
    where 1 = 0
    {%- endif %}
{%- endmacro -%}
