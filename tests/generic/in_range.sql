{% test in_range(model, column_name, min=none, max=none, recent_by=none) %}

select {{ column_name }}
from {{ model }}
where
    {{ recent(recent_by) }}
    and (
        1 = 0
{%- if min is not none %}
        or {{ column_name }} < {{ min }}
        {%- endif %}
{%- if max is not none %}
        or {{ column_name }} > {{ max }}
        {%- endif %}
    )

{% endtest %}
