{% test in_vocabulary(model, column_name, words, recent_by=none) %}

select
    {{ column_name }},
    count(*) as row_count
from {{ model }}
where
    {{ recent(recent_by) }}
    and {{ column_name }} not in ({% for word in words %}'{{ word }}'{{ ', ' if not loop.last }}{% endfor %})
group by {{ column_name }}

{% endtest %}
