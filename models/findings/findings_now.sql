{% for check in var('findings_checks') %}
    select * from {{ ref(check) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
