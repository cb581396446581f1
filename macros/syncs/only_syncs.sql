{#- A join that restricts the staged `rows` to those of `syncs`, with literal bounds (see pending_bounds). Both are names of relations in
    the caller's FROM clause or WITH list. -#}
{%- macro only_syncs(rows, syncs, bounds) -%}
    inner join {{ syncs }} on {{ rows }}.cluster_id = {{ syncs }}.cluster_id and {{ rows }}.sync_id = {{ syncs }}.sync_id
        and {{ rows }}.synced_at = {{ syncs }}.synced_at
        {%- if bounds.incremental %}
        {%- if bounds.ranges %}
        and {{ rows }}.cluster_id in (
            {%- for range in bounds.ranges %}{{ sql_literal(range.cluster) }}{{ ', ' if not loop.last }}{% endfor -%}
        )
        {%- endif %}
        and {{ rows }}.synced_at between cast('{{ bounds.first }}' as timestamp) and cast('{{ bounds.last }}' as timestamp)
        {%- endif %}
{%- endmacro -%}
