{% test ends_after_start(model, recent_by=none) %}

select
    start_time,
    end_time
from {{ model }}
where end_time < start_time and {{ recent(recent_by) }}

{% endtest %}
