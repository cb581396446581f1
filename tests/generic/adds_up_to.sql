{# In each hour the rows of a kind add up to the bill, in whole units. #}
{% test adds_up_to(model, bill, kind, recent_by) %}

with bill as (
    select
        cluster_id,
        cost_hour,
        usage_us,
        cost_billionths
    from {{ bill }}
    where {{ recent(recent_by) }}
),

shares as (
    select
        cluster_id,
        cost_hour,
        {{ kind }},
        sum(usage_us) as usage_us,
        sum(cost_billionths) as cost_billionths
    from {{ model }}
    where {{ recent(recent_by) }}
    group by cluster_id, cost_hour, {{ kind }}
)

select
    bill.cluster_id,
    bill.cost_hour,
    shares.{{ kind }}
from bill
left join shares on bill.cluster_id = shares.cluster_id and bill.cost_hour = shares.cost_hour
where
    shares.usage_us is null
    or shares.usage_us <> bill.usage_us
    or coalesce(shares.cost_billionths, -1) <> coalesce(bill.cost_billionths, -1)

{% endtest %}
