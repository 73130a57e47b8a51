-- Rows that name several actors on a side, taken apart: one row for each ordered pair of an actor
-- and a target, with the number of the row that they come from. `sides1` and `sides2` are lists of
-- an actor's name, sector and words; a side without anyone has one entry without a name.
with
numbered as (
    select row_number() over () - 1 as batch_row, *
    from row_told
),

actors as (
    select * exclude (sides1), unnest(sides1) as side1
    from numbered
),

every_pair as (
    select * exclude (sides2), unnest(sides2) as side2
    from actors
)

select
    * exclude (side1, side2),
    side1.name as actor1_name,
    side2.name as actor2_name,
    side1.sector as actor1_sector,
    side2.sector as actor2_sector,
    concat_ws(' > ', side1.words, deed, side2.words) as title,
    count(*) over (partition by batch_row) as n_pairs,
from every_pair
