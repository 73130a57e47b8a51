-- Private. A state as it is written in a statement that is made up as text: a code as it is, so that
-- only its rows are read; a name with the call that looks it up.
create or replace macro meta.quoted_state(said) as (
    case when regexp_full_match(upper(said), '[A-Z]{3}') then '' else 'main.iso3' end
    || '(' || meta.quoted(upper(said)) || ')'
);
