select
    {{ finding(
        check='sync gap',
        severity='critical',
        database_name='database_name',
        object_name='view_name',
        measured='gap_hours',
        unit='hours lost',
        threshold=0,
        reason='No sync ran for longer than Redshift retains the rows of this view: those of the gap are lost.'
    ) }}
from {{ ref('sync_gaps') }}
{% if var('test_days') | int > 0 %}
    where noticed_at >= {{ dbt.dateadd('day', -(var('test_days') | int), 'cast(' ~ query_time() ~ ' as date)') }}
{% endif %}
