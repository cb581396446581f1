{#- The columns of a finding, in the order and the types that findings_now unites. Every literal is cast: Redshift refuses to unite
    columns of type `unknown`.

    check, severity, unit: words. severity is warning, critical or info; it becomes critical where `critical_when` (SQL) holds.
    object_name, measured, threshold, database_name, cluster_id: SQL.
    reason, statement: texts with SQL in braces (see sql_text); {object} stands for the object's name. Without a statement that
    fixes the finding, NULL. -#}
{%- macro finding(
    check, severity, object_name, measured, unit, reason, threshold='null', statement=none, database_name='null',
    cluster_id='cluster_id', critical_when=none
) -%}
    {%- set object = '{' ~ object_name ~ '}' -%}
    cast({{ cluster_id }} as varchar(128)) as cluster_id,
    cast('{{ check }}' as varchar(64)) as check_name,
    {% if critical_when -%}
    cast(case when {{ critical_when }} then 'critical' else '{{ severity }}' end as varchar(16)) as severity,
    {%- else -%}
    cast('{{ severity }}' as varchar(16)) as severity,
    {%- endif %}
    cast({{ database_name }} as varchar(256)) as database_name,
    cast({{ object_name }} as varchar(1024)) as object_name,
    cast({{ measured }} as double precision) as measured,
    cast('{{ unit }}' as varchar(64)) as unit,
    cast({{ threshold }} as double precision) as threshold,
    cast({{ qupersync.sql_text(reason | replace('{object}', object)) }} as varchar(1024)) as reason,
    cast({{ qupersync.sql_text(statement | replace('{object}', object)) if statement else 'null' }} as varchar(2048)) as statement
{%- endmacro -%}
