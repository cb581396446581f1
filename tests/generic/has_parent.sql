{% test has_parent(model, parent, columns) %}

select {% for column in columns %}child.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from {{ model }} as child
left join {{ parent }} as parent
    on {% for column in columns %}child.{{ column }} = parent.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
where parent.{{ columns[0] }} is null

{% endtest %}
