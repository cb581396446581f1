{#- The prices of a var (node_hour_prices or rpu_hour_prices), as a list of {name, cluster, from, until, billionths}, those of a cluster
    first. A name has one price, or a list of prices, each {price, from, until, cluster}: `from` and `until` are the first and the last
    day (UTC) of its contract, `cluster` the only cluster that it holds for. Raises an error that names the price. -#}
{%- macro price_periods(setting) -%}
    {%- set periods, prices = [], var(setting, {}) -%}
    {%- if prices is not mapping -%}{{ wrong_price(setting, 'must be a table of prices, not ' ~ prices) }}{%- endif -%}
    {%- for name, given in prices.items() -%}
        {%- set entries = given if given is sequence and given is not string and given is not mapping else [given] -%}
        {%- for entry in entries -%}
            {%- set where = setting ~ '.' ~ name -%}
            {%- set entry = entry if entry is mapping else {'price': entry} -%}
            {%- for key in entry if key not in ('price', 'from', 'until', 'cluster') -%}
                {{ wrong_price(where, 'has the unknown key ' ~ key ~ '; there are price, from, until and cluster') }}
            {%- endfor -%}
            {%- set price = entry.get('price') -%}
            {%- if price is boolean or price is not number or price < 0 or price >= 1000000 -%}
                {{ wrong_price(where, 'needs a price, a number from 0 to 1,000,000, not ' ~ price) }}
            {%- endif -%}
            {%- if entry.get('cluster') and setting != 'node_hour_prices' -%}
                {{ wrong_price(where, 'is the price of a cluster already: leave out its key cluster') }}
            {%- endif -%}
            {%- for key in ('from', 'until') if entry.get(key) is not none -%}
                {%- if not modules.re.match('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', entry[key] | string) -%}
                    {{ wrong_price(where, 'needs a day such as 2026-12-31 as ' ~ key ~ ', not ' ~ entry[key]) }}
                {%- endif -%}
            {%- endfor -%}
            {%- set period = {
                'name': name | string, 'cluster': entry.get('cluster', '') | string, 'from': entry.get('from', '0001-01-01') | string,
                'until': entry.get('until', '9999-12-30') | string, 'billionths': (price * 1000000000) | round | int
            } -%}
            {%- if period['from'] > period['until'] -%}
                {{ wrong_price(where, 'ends on ' ~ period['until'] ~ ', before it begins on ' ~ period['from']) }}
            {%- endif -%}
            {%- for other in periods if other['name'] == period['name'] and other['cluster'] == period['cluster']
                and other['from'] <= period['until'] and other['until'] >= period['from'] -%}
                {{ wrong_price(where, 'has two prices on ' ~ [other['from'], period['from']] | max) }}
            {%- endfor -%}
            {%- do periods.append(period) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(periods | selectattr('cluster') | list + periods | rejectattr('cluster') | list) -}}
{%- endmacro -%}

{%- macro wrong_price(where, what) -%}
    {%- do exceptions.raise_compiler_error(
        'The var ' ~ where ~ ' ' ~ what ~ '. Set it under vars: {qupersync: …} where your project has another var of that name.'
    ) -%}
{%- endmacro -%}
