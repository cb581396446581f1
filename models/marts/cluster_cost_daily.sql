{%- set prices = var('node_hour_prices', {}) -%}
with nodes as (
    select
        cluster_id,
        snapshot_date,
        node_type,
        count(*) as node_count
    from {{ ref('node_details_history') }}
    group by cluster_id, snapshot_date, node_type
)

select
    cluster_id,
    snapshot_date as cost_day,
    node_type,
    node_count,
    node_count * 24 as node_hours,
    cast(case node_type
        {%- for node_type, price in prices.items() %}
        when '{{ node_type | replace("'", "''") }}' then node_count * 24 * cast({{ price | float }} as double precision)
        {%- endfor %}
        when '' then null
    end as double precision) as cost,
    case
        when node_type in ({% for node_type in prices %}'{{ node_type | replace("'", "''") }}', {% endfor %}'') then 'node hours × price'
        else 'no price set'
    end as cost_basis
from nodes
