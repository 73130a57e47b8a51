-- What the words in closed lists mean: one row per file, column and value, as the files' own sidecars
-- define them (categories, kinds, stages, missile classes and the like).
create or replace view main.code_value as
select
    file.path as file,
    word.column_name,
    word.value,
    word.meaning,
from meta.code_value as word
inner join meta.raw_file as file using (raw_file_id);
