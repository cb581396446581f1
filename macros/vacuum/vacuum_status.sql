{#- Status of a VACUUM run out of the phases of all its rows (an aggregate): how it ended, else how far it came. -#}
{%- macro vacuum_status(phase) -%}
    case
        {%- for word, status in (('finish', 'Finished'), ('fail', 'Failed'), ('skip', 'Skipped'), ('start', 'Started')) %}
        when max(case when {{ phase }} = '{{ word }}' then 1 else 0 end) = 1 then cast('{{ status }}' as varchar(16))
        {%- endfor %}
        else cast('Initiated' as varchar(16))
    end
{%- endmacro -%}
