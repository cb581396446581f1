{#- SQL: an error message without what differs from one failure to the next: values, names, ids and numbers become `?`. In this order,
    which is also that of the sync (qupersync.sync.query_text): the messages that it has normalized are in the same groups. It takes the
    parts of a UUID for numbers, where they are some. -#}
{%- macro error_pattern(message) -%}
    {%- set replaced = [
        ('"[^"]*("|$)', '?'),
        ("'[^']*('|$)", '?'),
        ('= *[(][^)]*([)]|$)', '?'),
        ('([0-9a-fA-F]{4,12}|[?])(-([0-9a-fA-F]{4,12}|[?])){2,4}', '?'),
        ('0[xX][0-9a-fA-F]+', '?'),
        ('[0-9a-fA-F]{16,}', '?'),
        ('[0-9]+([.,:-][0-9]+)*', '?'),
        ('[[:space:]]+', ' '),
        ('[?]([ ,.:;/+-]*[?])+', '?'),
    ] -%}
    {%- set text = namespace(sql=message) -%}
    {%- for pattern, replacement in replaced -%}
        {%- set text.sql = qupersync.replace_matches(text.sql, pattern, replacement) -%}
    {%- endfor -%}
    {{- return('rtrim(ltrim(' ~ text.sql ~ '))') -}}
{%- endmacro -%}
