-- GDELT 1.0 and 2.0 event files; the columns have the names of the provider's codebook. A country
-- column that is empty is read off the first three letters of the actor's code, as GDELT's list of
-- countries lacks some that its dictionaries know. An actor whose code is the country's alone is
-- the state itself, by the convention of the CAMEO codebook. Letters that are no country's stand for a
-- role, a people or a faith where GDELT names no country (is_country1, is_country2). What only
-- accepted events need is left out where the two sides are evidently not two countries. GDELT takes
-- many events from one article, most of them said in passing: the settings say which count, by
-- getvariable; DuckDB folds away what they do not ask for.
with
named as (
    select
        *,
        coalesce(Actor1CountryCode, left(Actor1Code, 3)) as actor1_name,
        coalesce(Actor2CountryCode, left(Actor2Code, 3)) as actor2_name,
        try_strptime(SQLDATE, '%Y%m%d')::date as event_date,
        coalesce(
            try_strptime(DATEADDED, '%Y%m%d%H%M%S'),
            try_strptime(DATEADDED, '%Y%m%d')
        ) as added_at,
        actor1_name <> actor2_name as is_between,
    from raw
),

judged as (
    select
        *,
        case
            when getvariable('root_events_only')::boolean and IsRootEvent is distinct from '1'
                then 'no root event'
            when
                getvariable('min_sources')::bigint > 1
                and try_cast(NumSources as bigint) < getvariable('min_sources')::bigint
                then 'too few sources'
            when
                getvariable('min_mentions')::bigint > 1
                and try_cast(NumMentions as bigint) < getvariable('min_mentions')::bigint
                then 'too few mentions'
        end as passed_over,
    from named
)

select
    GLOBALEVENTID as event_id,
    event_date,
    added_at,
    actor1_name,
    actor2_name,
    if(is_between, coalesce(Actor1Type1Code, if(Actor1Code = actor1_name, 'GOV', null)), null)
        as actor1_sector,
    if(is_between, coalesce(Actor2Type1Code, if(Actor2Code = actor2_name, 'GOV', null)), null)
        as actor2_sector,
    Actor1CountryCode is not null as is_country1,
    Actor2CountryCode is not null as is_country2,
    EventCode as cameo_code,
    null::varchar as cameo_base,
    if(is_between, try_cast(GoldsteinScale as double), null) as goldstein_reported,
    if(is_between, try_cast(NumMentions as bigint), null) as n_mentions,
    if(is_between, try_cast(NumSources as bigint), null) as n_sources,
    if(is_between, IsRootEvent = '1', null) as is_root_event,
    if(is_between, try_cast(AvgTone as double), null) as avg_tone,
    null::varchar as category,
    if(is_between, concat_ws(' > ', Actor1Name, Actor2Name), null) as title,
    null::varchar as source_name,
    if(is_between, SOURCEURL, null) as source_url,
    if(is_between, ActionGeo_CountryCode, null) as place_country,
    if(is_between, try_cast(ActionGeo_Lat as double), null) as latitude,
    if(is_between, try_cast(ActionGeo_Long as double), null) as longitude,
    case
        when try_cast(GLOBALEVENTID as ubigint) is null then 'GLOBALEVENTID'
        when event_date is null then 'SQLDATE'
        when added_at is null then 'DATEADDED'
        -- The moment is in UTC; the next day has begun elsewhere.
        when event_date > added_at::date + 1 then 'SQLDATE'
        when EventCode is null then 'EventCode'
    end as problem,
    case
        when passed_over is not null then passed_over
        when
            getvariable('one_per_article')::boolean and is_between and SOURCEURL is not null
            -- Of the events of two actors that one file takes from one article the most mentioned
            -- stands first.
            and row_number() over (
                partition by
                    DATEADDED,
                    SOURCEURL,
                    least(actor1_name, actor2_name),
                    greatest(actor1_name, actor2_name)
                order by
                    passed_over is not null,
                    try_cast(NumMentions as bigint) desc nulls last,
                    try_cast(GLOBALEVENTID as ubigint)
            ) > 1
            then 'another event of the article counts'
    end as outside,
from judged
