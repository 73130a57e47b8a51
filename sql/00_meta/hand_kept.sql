-- Private. The name of the source whose events are records kept by hand.
create or replace macro meta.hand_kept() as ('records');
