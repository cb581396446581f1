{% test unique_key(model, columns, recent_by=none) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
where {{ recent(recent_by) }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
