-- Why an accepted row lies outside the scope: for its actors, or for what the source itself says of
-- it (`outside`). A type that numbers the list costs a fraction of text to keep and to write.
create or replace type reason as enum (
    'an actor is missing',
    'an actor is unknown',
    'an actor is no state in scope',
    'both actors are of one state',
    'no act towards another',
    'no launch and no nuclear test',
    'no root event',
    'too few sources',
    'too few mentions',
    'another event of the article counts'
)
