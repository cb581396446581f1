{#- What tells apart the groups of vacuum runs that are replaced as a whole, beside cluster, transaction and table: the start, where there
    is no transaction (xid 0). -#}
{%- macro vacuum_group(xid='xid', start_time='start_time') -%}
    case when {{ xid }} = 0 then {{ start_time }} else cast('1900-01-01' as timestamp) end
{%- endmacro -%}
