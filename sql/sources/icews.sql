-- ICEWS event files. The number of an event is no identity by itself: the same number stands on
-- two dates, for two events. An actor's sectors are a list of words, here read from the most
-- official to the least; a country that acts without a sector is the state itself. An empty value
-- is written NA or NULL. ICEWS publishes no moment of publication for a row: an event counts as
-- published on the day after its own.
with
cleaned as (
    select
        nullif(nullif("Event ID", 'NA'), 'NULL') as event_number,
        coalesce(
            try_strptime("Event Date", '%Y-%m-%d'),
            try_strptime("Event Date", '%m/%d/%Y')
        )::date as event_date,
        nullif(nullif("Source Country", 'NA'), 'NULL') as actor1_name,
        nullif(nullif("Target Country", 'NA'), 'NULL') as actor2_name,
        nullif(nullif("Source Sectors", 'NA'), 'NULL') as sectors1,
        nullif(nullif("Target Sectors", 'NA'), 'NULL') as sectors2,
        *,
    from raw
)

select
    event_number || ':' || event_date as event_id,
    event_date,
    event_date + interval 1 day as added_at,
    actor1_name,
    actor2_name,
    case
        when sectors1 is null then if("Source Name" = actor1_name, 'GOV', null)
        when regexp_matches(sectors1, 'Military|Army|Navy|Marines|Air Force|Defense / Security Ministry')
            and not regexp_matches(sectors1, 'Rebel|Insurgent|Dissident|Separatist') then 'MIL'
        when regexp_matches(sectors1, '(^|,)Police|Border Police') then 'COP'
        when regexp_matches(sectors1, 'Judicial') then 'JUD'
        when regexp_matches(sectors1, 'Intelligence') then 'SPY'
        when regexp_matches(sectors1, 'Legislative / Parliamentary|Lower House|Upper House|Unicameral') then 'LEG'
        when regexp_matches(sectors1, '(^|,)(Government|Executive|Executive Office|Cabinet|State)(,|$)|Ministry') then 'GOV'
        when regexp_matches(sectors1, 'Opposition') then 'OPP'
        when regexp_matches(sectors1, 'Rebel|Insurgent|Dissident|Separatist|Radicals') then 'REB'
        when regexp_matches(sectors1, 'Inter-?national Government Organization|IGOs') then 'IGO'
        when regexp_matches(sectors1, 'Nongovernmental|NGOs') then 'NGO'
        when regexp_matches(sectors1, 'Business') then 'BUS'
        when regexp_matches(sectors1, 'Media|News') then 'MED'
        when regexp_matches(sectors1, 'Civilian|Social') then 'CVL'
        else upper(left(split_part(sectors1, ',', 1), 3))
    end as actor1_sector,
    case
        when sectors2 is null then if("Target Name" = actor2_name, 'GOV', null)
        when regexp_matches(sectors2, 'Military|Army|Navy|Marines|Air Force|Defense / Security Ministry')
            and not regexp_matches(sectors2, 'Rebel|Insurgent|Dissident|Separatist') then 'MIL'
        when regexp_matches(sectors2, '(^|,)Police|Border Police') then 'COP'
        when regexp_matches(sectors2, 'Judicial') then 'JUD'
        when regexp_matches(sectors2, 'Intelligence') then 'SPY'
        when regexp_matches(sectors2, 'Legislative / Parliamentary|Lower House|Upper House|Unicameral') then 'LEG'
        when regexp_matches(sectors2, '(^|,)(Government|Executive|Executive Office|Cabinet|State)(,|$)|Ministry') then 'GOV'
        when regexp_matches(sectors2, 'Opposition') then 'OPP'
        when regexp_matches(sectors2, 'Rebel|Insurgent|Dissident|Separatist|Radicals') then 'REB'
        when regexp_matches(sectors2, 'Inter-?national Government Organization|IGOs') then 'IGO'
        when regexp_matches(sectors2, 'Nongovernmental|NGOs') then 'NGO'
        when regexp_matches(sectors2, 'Business') then 'BUS'
        when regexp_matches(sectors2, 'Media|News') then 'MED'
        when regexp_matches(sectors2, 'Civilian|Social') then 'CVL'
        else upper(left(split_part(sectors2, ',', 1), 3))
    end as actor2_sector,
    -- A file without codes says what was done in words; core.event_name knows them.
    coalesce(nullif(nullif("CAMEO Code", 'NA'), 'NULL'), 'icews:' || "Event Text") as cameo_code,
    null::varchar as cameo_base,
    true as is_country1,
    true as is_country2,
    try_cast("Intensity" as double) as goldstein_reported,
    1::bigint as n_mentions,
    null::varchar as category,
    if(
        actor1_name <> actor2_name,
        concat_ws(' > ', "Source Name", "Event Text", "Target Name"),
        null
    ) as title,
    "Publisher" as source_name,
    null::varchar as source_url,
    nullif(nullif("Country", 'NA'), 'NULL') as place_country,
    try_cast("Latitude" as double) as latitude,
    try_cast("Longitude" as double) as longitude,
    case
        when event_number is null or not regexp_full_match(event_number, '\d+') then 'Event ID'
        when event_date is null then 'Event Date'
        when "CAMEO Code" is null and "Event Text" is null then 'Event Text'
    end as problem,
    null::varchar as outside,
from cleaned
