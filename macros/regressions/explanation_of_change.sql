{#- SQL of a text: what changed together with a subject's times, of the row `measured` in query_regressions. A cause is named where it
    changed in the direction of the times, by half at least. -#}
{%- macro explanation_of_change() -%}
    {%- set parts = [] -%}
    {%- for name, words in [('bytes_scanned_per_run', 'scans {} times the bytes'), ('rows_returned_per_run', 'returns {} times the rows')] -%}
        {%- set ratio = name ~ '_after / nullif(' ~ name ~ '_before, 0)' -%}
        {%- do parts.append((qupersync.grows_with_it(name), words.split('{}')[0], ratio, words.split('{}')[1], none)) -%}
    {%- endfor -%}
    {%- for name, before, after in [
        ('spill_gb_per_run', 'spills ', ' GB a run'), ('queue_seconds_per_run', 'waits ', ' s in the queue'),
        ('compile_seconds_per_run', 'compiles for ', ' s'), ('lock_wait_seconds_per_run', 'waits ', ' s for locks')
    ] -%}
        {#- A tenth of the time that is to be explained; a tenth of a GB. -#}
        {%- set least = '0.1' if name.startswith('spill') else '0.1 * abs(p50_execution_seconds_after - p50_execution_seconds_before)' -%}
        {%- set condition = qupersync.grows_with_it(name) ~ ' and abs(' ~ name ~ '_after - ' ~ name ~ '_before) >= ' ~ least -%}
        {%- do parts.append((condition, before, name ~ '_after', after, name ~ '_before')) -%}
    {%- endfor -%}
    {%- do parts.append(('abs(cache_hit_pct_after - cache_hit_pct_before) >= 20', 'has ', 'cache_hit_pct_after',
        ' % of its answers from the result cache', 'cache_hit_pct_before')) -%}
    {%- do parts.append(('runs_per_day_after >= 2 * runs_per_day_before or runs_per_day_before >= 2 * runs_per_day_after', 'runs ',
        'runs_per_day_after', ' times a day', 'runs_per_day_before')) -%}
    coalesce(nullif(substring(
        {%- for condition, before, number, after, former in parts %}
        case when {{ condition }}
            then '; {{ before }}' || {{ qupersync.one_decimal(number) }} || '{{ after }}'
            {%- if former %} || ' (' || {{ qupersync.one_decimal(former) }} || ' before)'{% endif %}
            else ''
        end ||
        {%- endfor %}
        case when is_other_user
            then '; runs as ' || last_user_name_after || ' (' || last_user_name_before || ' before)'
            else ''
        end ||
        case when is_other_version
            then '; runs on Redshift ' || substring(last_redshift_version_after, 1, 64)
                || ' (' || substring(last_redshift_version_before, 1, 64) || ' before)'
            else ''
        end ||
        case when is_other_text then '; its longest statement has another text' else '' end ||
        case when change_count >= 3 and 5 * change_count >= tested_count
            then '; ' || cast(change_count as varchar(32)) || ' of ' || cast(tested_count as varchar(32)) || ' ' || subject_kind || 's became '
                || direction || ' within a day of it'
            else ''
        end
    , 3, 1000), ''), 'none of the recorded causes changed with it')
{%- endmacro -%}

{#- Condition: a measure became larger by half with slower times, or smaller with faster ones. From nothing to something is more. -#}
{%- macro grows_with_it(name) -%}
    {{- return(
        '(direction = \'slower\' and ' ~ name ~ '_after > 0 and ' ~ name ~ '_after >= 1.5 * ' ~ name ~ '_before'
        ~ ' or direction = \'faster\' and ' ~ name ~ '_before > 0 and ' ~ name ~ '_before >= 1.5 * ' ~ name ~ '_after)'
    ) -}}
{%- endmacro -%}

{#- SQL of a number as a text with one decimal. -#}
{%- macro one_decimal(number) -%}
    {{- return('cast(cast(' ~ number ~ ' as numeric(18, 1)) as varchar(32))') -}}
{%- endmacro -%}
