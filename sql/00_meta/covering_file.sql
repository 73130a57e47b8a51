-- Private.
-- The files that tell how far machine-coded sources reach: each with the last day of its data and
-- the day to which it counts as covering if another file follows at once. Days at its end count so
-- if the silence lasts no longer than a week, or than seven times the mean distance of the file's
-- rows: between occurrences at a constant rate one silence of a thousand lasts as long (exp(-7)).
create or replace view meta.covering_file as
select
    source,
    raw_file_id,
    covers_from,
    greatest(covers_from, covers_to) as last_day,
    -- The name's last day stands where the data reach to near it.
    case
        when
            named_to - covers_to
            <= greatest(7, 7 * (covers_to - covers_from + 1) // greatest(n_rows, 1))
            then greatest(covers_from, named_to)
        else greatest(covers_from, covers_to)
    end
        as closed_day,
    status in ('loaded', 'no_rows') and (covers_to >= covers_from or named_to <= covers_from)
        as is_there,
    string_split(places, '; ') as places,
from meta.raw_file as one
where
    not meta.is_hand_kept(source)
    and status not in ('superseded', 'not_yet_public')
    -- A newer version that could not be downloaded or read leaves the older one standing.
    and not exists (
        select 1
        from meta.raw_file as version
        where
            one.status not in ('loaded', 'no_rows')
            and version.status in ('loaded', 'no_rows')
            and starts_with(
                version.raw_file_id,
                split_part(regexp_replace(one.raw_file_id, '(\.[A-Za-z]+)*$', ''), '@', 1) || '@'
            )
    );
