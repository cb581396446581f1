{#- Whom the cost is shared out to: the name of each kind of owner, and the column of the executions (see executed_slices). -#}
{%- macro owner_kinds() -%}
    {{- return({
        'user': 'user_name', 'application': 'application_name', 'query type': 'query_type', 'label': 'query_label', 'pattern': 'query_hash',
        'dbt node': 'dbt_node_id'
    }) -}}
{%- endmacro -%}
