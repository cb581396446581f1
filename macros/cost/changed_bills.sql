{#- The clusters whose bill a sync may have changed since billed_hours was built, as a list of {cluster, read_until, nodes_from, days_from,
    charges_from}: hours of nodes before `nodes_from` stay as they are, and snapshots before the day `days_from` do not matter to those
    after it; so do hours of charges before `charges_from`. `read_until` is the newest sync whose nodes and charges have been applied.

    Asked when the model is compiled, in a transaction of its own: the ledger is not read while models write it. -#}
{%- macro changed_bills() -%}
    {%- set ledger, nodes, usage = ref('absorbed_syncs'), ref('node_details_history'), ref('serverless_usage_history') -%}
    {%- set bills, always, day = [], modules.datetime.datetime(1900, 1, 1), modules.datetime.timedelta(days=1) -%}
    {#- In a unit test they are fixtures, without a schema. -#}
    {%- if execute and not is_empty_build() and ledger.schema and load_relation(ledger) -%}
        {%- set rows = run_query(
            'select cluster_id, min(absorbed_until) from (select entity, cluster_id, max(absorbed_until) as absorbed_until from ' ~ ledger
            ~ " where entity in ('node_details_history', 'serverless_usage_history') group by entity, cluster_id) as newest"
            ~ ' group by cluster_id order by cluster_id'
        ).rows -%}
        {%- for row in rows -%}
            {%- set of_cluster = ' where cluster_id = ' ~ sql_literal(row[0]) -%}
            {%- set bill = {
                'cluster': row[0], 'read_until': row[1], 'nodes_from': always, 'days_from': always.date(), 'charges_from': always
            } -%}
            {%- set before = none -%}
            {%- if is_incremental() and not rebuilds_table() -%}
                {%- set before = run_query('select max(read_until) from ' ~ this ~ of_cluster).rows[0][0] -%}
            {%- endif -%}
            {%- if before is none -%}
                {%- do bills.append(bill) -%}
            {%- elif before < row[1] -%}
                {#- The last snapshot of an earlier day stays: its hour is the first one to change, and began with the snapshot before it. -#}
                {%- set earlier = [before.date()] -%}
                {%- for step in range(2) -%}
                    {%- set found = run_query(
                        'select max(snapshot_date) from ' ~ nodes ~ of_cluster ~ " and snapshot_date < cast('" ~ earlier[-1] ~ "' as date)"
                    ).rows[0][0] -%}
                    {%- if found -%}{%- do earlier.append(found) -%}{%- endif -%}
                {%- endfor -%}
                {%- if earlier | length > 1 -%}
                    {%- set last = run_query(
                        'select max(synced_at) from ' ~ nodes ~ of_cluster ~ " and snapshot_date = cast('" ~ earlier[1] ~ "' as date)"
                    ).rows[0][0] -%}
                    {%- do bill.update({'nodes_from': last.replace(minute=0, second=0, microsecond=0), 'days_from': earlier[-1]}) -%}
                {%- endif -%}
                {#- A charge that was read now is in its view still, which keeps a week. Charges settle until the second day after. -#}
                {%- set charge = run_query(
                    'select min(start_time) from ' ~ usage ~ of_cluster ~ " and synced_at > cast('" ~ before
                    ~ "' as timestamp) and start_time >= cast('" ~ (before - 9 * day) ~ "' as timestamp)"
                ).rows[0][0] -%}
                {%- set settling = before - 3 * day -%}
                {%- do bill.update({'charges_from': ([charge or settling, settling] | min).replace(minute=0, second=0, microsecond=0)}) -%}
                {%- do bills.append(bill) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do commit_now() -%}
    {%- endif -%}
    {{- return(bills) -}}
{%- endmacro -%}
