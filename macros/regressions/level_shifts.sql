{#- CTEs that find the strongest lasting change of each subject's level, the last one `shifts`: one row per subject with change_day, shift
    (after − before), standard_error, degrees (of freedom) and p_value. After a CTE `days` (subject, query_day, value, weight): one row
    per subject and day; value has an additive error, such as the logarithm of a median time.

    Least squares with a level for each weekday and a step at each day in turn, at least three days from either end; the strongest step
    is tested by its t statistic, times the number of steps tried (Bonferroni). What a weekday's values exceed their mean by, summed
    from the day on, is the step times its information. Beforehand, days that stick out of the five around them are clipped: three days
    at one level are a step. docs/regressions.md has the method and its figures.

    Window functions only, no join: the planner has no statistics of a CTE. -#}
{%- macro level_shifts() -%}
    {%- set in_order = 'partition by subject order by query_day' -%}
    {%- set since = 'partition by subject order by position desc rows unbounded preceding' -%}
    numbered_days as (
        select
            subject,
            query_day,
            value,
            weight,
            cast(extract(dow from query_day) as integer) as day_of_week,
            row_number() over ({{ in_order }}) as position,
            count(*) over (partition by subject) as day_count
        from days
    ),

    -- Fewer days do not tell a step from the week. Up to three weeks know workdays and weekends only: a level for each weekday would leave
    -- next to nothing to measure the noise by.
    long_enough as (
        select
            numbered_days.*,
            case
                when day_count >= 20 then day_of_week
                when day_of_week in (0, 6) then 6
                else 1
            end as weekday
        from numbered_days
        where day_count >= 10
    ),

    weeks as (
        select
            long_enough.*,
            avg(cast(value as double precision)) over ({{ in_order }} rows between 3 preceding and 3 following) as week_mean
        from long_enough
    ),

    -- What a day exceeds the week around it by, at the ends the first or the last week: a step moves it near the step only.
    profiles as (
        select
            weeks.*,
            value - case
                {% for number in range(1, 4) %}
                    when position = {{ number }} then lead(week_mean, {{ 4 - number }}) over ({{ in_order }})
                    when position = day_count - {{ number - 1 }} then lag(week_mean, {{ 4 - number }}) over ({{ in_order }})
                {% endfor %}
                else week_mean
            end as profile
        from weeks
    ),

    {{ median_within('weekday_profiles', 'profiles', 'profile', 'subject, weekday') }},

    deviations as (
        select
            weekday_profiles.*,
            value - median_of_profile as deviation
        from weekday_profiles
    ),

    -- The five days around a day; at the ends the first or the last five.
    neighbours as (
        select
            deviations.*,
            coalesce(lag(deviation, 2) over ({{ in_order }}), lead(deviation, 3) over ({{ in_order }})) as earlier_2,
            coalesce(lag(deviation, 1) over ({{ in_order }}), lead(deviation, 4) over ({{ in_order }})) as earlier_1,
            coalesce(lead(deviation, 1) over ({{ in_order }}), lag(deviation, 4) over ({{ in_order }})) as later_1,
            coalesce(lead(deviation, 2) over ({{ in_order }}), lag(deviation, 3) over ({{ in_order }})) as later_2
        from deviations
    ),

    -- Their median is that of the day and the middle two of the four others.
    middles as (
        select
            neighbours.*,
            greatest(least(earlier_2, earlier_1), least(later_1, later_2)) as middle_1,
            least(greatest(earlier_2, earlier_1), greatest(later_1, later_2)) as middle_2
        from neighbours
    ),

    excesses as (
        select
            middles.*,
            deviation - greatest(least(middle_1, middle_2), least(greatest(middle_1, middle_2), deviation)) as excess
        from middles
    ),

    sizes as (
        select
            subject,
            query_day,
            value,
            weight,
            weekday,
            position,
            day_count,
            excess,
            abs(excess) as size
        from excesses
    ),

    {{ median_within('spreads', 'sizes', 'size', 'subject') }},

    -- 1.4826 × the median of the absolute errors is the standard deviation of normal ones: clipped at three of them.
    bounds as (
        select
            spreads.*,
            3 * greatest(1.4826 * median_of_size, {{ least_spread() }}) as largest
        from spreads
    ),

    clipped as (
        select
            subject,
            query_day,
            weight,
            weekday,
            position,
            day_count,
            value - excess + least(greatest(excess, -largest), largest) as value
        from bounds
    ),

    weekdays as (
        select
            clipped.*,
            sum(weight * value) over (partition by subject, weekday) / sum(weight) over (partition by subject, weekday) as weekday_mean,
            sum(weight) over (partition by subject, weekday) as weekday_weight,
            sum(weight) over (partition by subject, weekday order by position desc rows unbounded preceding) as weekday_weight_since,
            row_number() over (partition by subject, weekday order by position desc) as weekday_position
        from clipped
    ),

    running as (
        select
            subject,
            query_day,
            position,
            day_count,
            sum(weight * (value - weekday_mean)) over ({{ since }}) as total_since,
            sum(weight * (1 - (2 * weekday_weight_since - weight) / weekday_weight)) over ({{ since }}) as information,
            sum(weight * (value - weekday_mean) * (value - weekday_mean)) over (partition by subject) as squares,
            day_count - 1 - sum(case when weekday_position = 1 then 1 else 0 end) over (partition by subject) as degrees
        from weekdays
    ),

    steps as (
        select
            subject,
            query_day as change_day,
            degrees,
            day_count - 5 as step_count,
            information,
            total_since / information as shift,
            greatest((squares - total_since * total_since / information) / degrees, {{ least_spread() }} * {{ least_spread() }}) as variance
        from running
        where position > 3 and position < day_count - 1 and information > 0.5 and degrees >= 4
    ),

    ranked_steps as (
        select
            steps.*,
            shift * shift * information / variance as t_squared,
            row_number() over (partition by subject order by shift * shift * information / variance desc, change_day) as step_rank
        from steps
    ),

    -- The t statistic as a normal deviate (Wallace). Neither engine has the distributions.
    deviates as (
        select
            ranked_steps.*,
            sqrt(degrees * ln(1 + t_squared / degrees)) * (8.0 * degrees + 1) / (8.0 * degrees + 3) as z
        from ranked_steps
        where step_rank < 2
    ),

    -- The tails of the normal distribution (Börjesson and Sundberg).
    shifts as (
        select
            subject,
            change_day,
            degrees,
            shift,
            sqrt(variance / information) as standard_error,
            least(1, step_count * 2 * exp(-least(z * z / 2, 600)) / 2.506628 / (0.661 * z + 0.339 * sqrt(z * z + 5.51))) as p_value
        from deviates
    )
{%- endmacro -%}
