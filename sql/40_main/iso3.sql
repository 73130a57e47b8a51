-- iso3('Japan') returns the ISO 3166-1 alpha-3 code of a state that is given by its code, its name or
-- one of the names by which sources call it, in any case of letters, with or without accents; of
-- another word it says which name is nearest.
create or replace macro main.iso3(state) as (
    select
        case
            when upper(state) in (select iso3 from core.actor) then upper(state)
            when upper(strip_accents(state)) in (select upper(strip_accents(name)) from core.actor)
                then (
                    select min(iso3)
                    from core.actor
                    where upper(strip_accents(name)) = upper(strip_accents(state))
                )
            when
                upper(strip_accents(state))
                in (select upper(strip_accents(name)) from core.actor_alias)
                then (
                    select min(iso3)
                    from core.actor_alias
                    where upper(strip_accents(name)) = upper(strip_accents(state))
                )
            else error(
                'expected a state of core.actor by code or name, got ' || state || '; nearest: '
                || (
                    select max_by(
                        name || ' (' || iso3 || ')',
                        greatest(
                            jaro_winkler_similarity(upper(name), upper(state)),
                            jaro_winkler_similarity(iso3, upper(state))
                        )
                    )
                    from core.actor
                    where is_state
                )
            )
        end
);
