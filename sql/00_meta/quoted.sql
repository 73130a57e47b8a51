-- Private. A text as it is written in a statement that is made up as text.
create or replace macro meta.quoted(said) as (
    chr(39) || replace(said, chr(39), chr(39) || chr(39)) || chr(39)
);
