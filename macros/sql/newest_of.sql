{#- The newest version of each row of the relation `rows`: one row per `key` (a list of columns), the first by `order` (a list of
    SQL). `< 2`, not `= 1`: PostgreSQL expects an equality to hold for one row in 200, and plans too small. -#}
{%- macro newest_of(rows, key, order) -%}
    select * from (
        select {{ rows }}.*, row_number() over (partition by {{ key | join(', ') }} order by {{ order | join(', ') }}) as version_rank
        from {{ rows }}
    ) as ranked
    where version_rank < 2
{%- endmacro -%}
