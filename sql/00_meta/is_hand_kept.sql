-- Private. Whether a source is kept by hand: what its files say stands, and its days are covered
-- from the first to the last; a machine-coded source comes in files that may fail to arrive.
create or replace macro meta.is_hand_kept(named) as (named = meta.hand_kept());
