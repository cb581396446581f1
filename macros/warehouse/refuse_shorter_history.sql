{#- Hook: stops a rebuild from staging (var rebuild_history) that would shorten a history, because staging has been pruned.
    `meta.rebuilt_from` of a model names the staging table that it comes from, and the time column of both that shows how far back
    they reach. -#}
{%- macro refuse_shorter_history() -%}
    {%- if builds_own_models() and var('rebuild_history', false) -%}
        {%- for model in selected_own_models() if (model.config.meta or {}).get('rebuilt_from') -%}
            {%- set origin = model.config.meta.rebuilt_from -%}
            {%- set relation = adapter.get_relation(model.database, model.schema, model.alias) -%}
            {%- if relation -%}
                {%- set source = own_sources() | selectattr('name', 'equalto', origin.table) | first -%}
                {%- set kept = run_query('select min(' ~ origin.time ~ ') from ' ~ relation).rows[0][0] -%}
                {%- set staged = run_query('select min(' ~ origin.time ~ ') from ' ~ source.relation_name).rows[0][0] -%}
                {%- if kept is not none and (staged is none or staged > kept) -%}
                    {%- do exceptions.raise_compiler_error(
                        'rebuild_history refused: ' ~ model.name ~ ' reaches back to ' ~ kept ~ ', but staging only to ' ~ staged
                        ~ '. A rebuild would lose the rows in between; leave out rebuild_history to keep them.'
                    ) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
