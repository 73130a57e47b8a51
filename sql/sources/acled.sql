-- ACLED's events, by the columns of their header. An actor is told in words: what of a state it
-- is, the state, and mostly the years of its government, as in 'Military Forces of Japan (2012-)'; or a
-- crowd and its country, as in 'Protesters (Japan)'. Groups of their own are no state, nor is what was
-- a state's organ ('Former Military Forces of ...', 'Mutiny of ...'). External forces that are no
-- state's, such as a coalition, act for the states whose organs are named as their associates. The
-- export tool writes a day in words ('16 February 2024', '9-May-20'), the interface in digits. ACLED
-- says when a row was last changed, not when it was first published; it counts as published then.
-- Its events had other numbers before 2019 (1BNG, today BGD1), and in files of the running year still
-- others (8188RTA).
with
told as (
    select
        *,
        -- A program may have made hard spaces, or two, of some.
        list_transform(
            [
                {'actor': actor1, 'associates': assoc_actor_1, 'kind': inter1},
                {'actor': actor2, 'associates': assoc_actor_2, 'kind': inter2}
            ],
            lambda one: {
                'actor': trim(regexp_replace(one.actor, '[\s\x{a0}]+', ' ', 'g')),
                -- 8, or 'External/Other forces' as it is written since 2024.
                'associates': if(
                    regexp_matches(trim(one.kind), '^(?i:8(\.0)?$|external)'),
                    list_transform(
                        string_split(one.associates, ';'),
                        lambda name: trim(regexp_replace(name, '[\s\x{a0}]+', ' ', 'g'))
                    ),
                    []
                )
            }
        ) as named_sides,
    from raw
),

parsed as (
    select
        *,
        list_transform(
            named_sides,
            lambda one: {
                'own': regexp_extract(
                    one.actor,
                    '(?i)^(?:(government|military forces|police forces) of (.+?) ?(?:\(\d{4}|$)'
                    || '|(civilians|protesters|rioters) \((.+)\)$)',
                    ['organ', 'state', 'crowd', 'country']
                ),
                'words': one.actor,
                'allies': list_distinct(
                    list_filter(
                        list_transform(
                            one.associates,
                            lambda name: regexp_extract(
                                name,
                                '(?i)^(?:government|military forces|police forces) of (.+?) ?(?:\(\d{4}|$)',
                                1
                            )
                        ),
                        lambda name: name <> ''
                    )
                )
            }
        ) as sides,
        day_of(event_date) as day,
        whole_of(fatalities) as n_deaths,
        degrees_of(latitude, 90) as north,
        degrees_of(longitude, 180) as east,
        said_of(sub_event_type) as kind,
        coalesce(
            lower(trim(sub_event_type)) in (
                'other', 'change to group/activity', 'strategic development', 'strategic developments'
            ),
            false
        ) as is_no_act,
    from told
),

found as (
    select
        *,
        list_transform(
            sides,
            lambda side: case
                when side.own.state <> '' then [{
                    'name': side.own.state,
                    'sector': case lower(side.own.organ)
                        when 'government' then 'GOV' when 'military forces' then 'MIL' else 'COP'
                    end,
                    'words': side.words
                }]
                when side.own.country <> ''
                    then [{'name': side.own.country, 'sector': 'CVL', 'words': side.words}]
                when len(side.allies) > 0 then list_transform(
                    side.allies,
                    lambda name: {
                        'name': name, 'sector': 'MIL', 'words': concat(side.words, ' (with ', name, ')')
                    }
                )
                else [{'name': null, 'sector': null, 'words': said_of(side.words)}]
            end
        ) as actors,
    from parsed
)

select
    event_id_cnty as event_id,
    day as event_date,
    coalesce(
        -- As a huge number first: seconds that no calendar holds are no moment, and no error.
        make_timestamp(try_cast(whole_of("timestamp")::hugeint * 1000000 as bigint)),
        try_cast("timestamp" as timestamp),
        day + interval 1 day
    ) as added_at,
    -- Which version of an event a row is: by its last change, else by the day of its file.
    coalesce(
        make_timestamp(try_cast(whole_of("timestamp")::hugeint * 1000000 as bigint)),
        try_cast("timestamp" as timestamp),
        try_cast(getvariable('export_day') as timestamp)
    ) as told_at,
    actors[1] as sides1,
    actors[2] as sides2,
    -- What is no act has no code; any stands in, as the row stays outside.
    if(is_no_act, '010', 'acled:' || kind) as cameo_code,
    null::varchar as cameo_base,
    true as is_country1,
    true as is_country2,
    null::double as goldstein_reported,
    1::bigint as n_mentions,
    if(n_deaths >= 0, n_deaths, null) as n_deaths,
    null::varchar as category,
    kind as deed,
    source as source_name,
    null::varchar as source_url,
    said_of(country) as place_country,
    north as latitude,
    east as longitude,
    case
        when said_of(event_id_cnty) is null then 'event_id_cnty'
        when day is null then 'event_date'
        when kind is null then 'sub_event_type'
        when is_unread(fatalities, n_deaths) then 'fatalities'
        when is_unread(latitude, north) then 'latitude'
        when is_unread(longitude, east) then 'longitude'
    end as problem,
    if(is_no_act, 'no act towards another', null) as outside,
    case
        when regexp_full_match(trim(event_id_cnty), '(?i)\d+ *RTA') then 1
        when regexp_full_match(trim(event_id_cnty), '\d+ *\pL+') then 2
    end as numbering,
    if(numbering is null, null, said_of(country)) as numbered_in,
from found
