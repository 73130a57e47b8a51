"""Tables by which a source's rows become events: the names of states, and the codes of acts."""

from __future__ import annotations

from detente import sources
from detente.base.errors import StoreError
from detente.database.builder import Warehouse
from detente.refresh import input_tables
from detente.settings import Settings
from detente.sources.base import Source, projection
from detente.sources.csv_file import CsvFile

# What a source calls states, by the codes that it uses.
NAMES = {
    # GDELT's list first, then ISO: no CAMEO code of one state is the ISO code of another.
    "cameo": "select cameo as name, iso3 from core.actor where cameo is not null "
    "union select iso3, iso3 from core.actor",
    "iso3": "select iso3 as name, iso3 from core.actor",
    "iso2": "select iso2 as name, iso3 from core.actor",
    "gwcode": "select gwcode_gw as name, iso3 from core.actor where gwcode_gw is not null",
    "cow": "select ccode_cow as name, iso3 from core.actor where ccode_cow is not null",
    "fips": "select fips as name, iso3 from core.actor where fips is not null",
    "name": "select name, iso3 from core.actor union select name, iso3 from core.actor_alias "
    "union select name_native, iso3 from core.actor where name_native is not null "
    "union select iso3, iso3 from core.actor",
}


# How a spreadsheet leaves numbers and days: 1,200 deaths, 48,13 degrees, 45338 for a day of 2024.
# What says nothing (NA and the like) is null, what cannot be read as well; `is_unread` tells them
# apart. A count has no decimals: 1.234 may be a thousand or one, so that it cannot be read. A day
# is read where nobody can take its month for its day.
MACROS = {
    "said_of(said)": "nullif(regexp_replace(trim(said), '^(?i:na|n/a|nan|null|none|-)$', ''), '')",
    "whole_of(said)": "case "
    "when regexp_full_match(said_of(said), '-?\\d{1,3}([, \\x{a0}\\x{202f}]\\d{3})+(\\.0+)?') "
    "then try_cast(regexp_replace(said_of(said), '[, \\x{a0}\\x{202f}]', '', 'g') as bigint) "
    "when regexp_full_match(said_of(said), '-?\\d+(\\.0*)?|-?\\d(\\.\\d+)?[eE]\\+?\\d+') "
    "then try_cast(said_of(said) as bigint) end",
    "degrees_of(said, most)": "if(try_cast(replace(said_of(said), ',', '.') as double) "
    "between -most and most, try_cast(replace(said_of(said), ',', '.') as double), null)",
    "is_unread(said, found)": "said_of(said) is not null and found is null",
    "serial_day(said)": "if(regexp_full_match(trim(said), '[1-9]\\d{4}(\\.\\d+)?'), "
    "date '1899-12-30' + floor(try_cast(said as double))::integer, null)",
    # A program that knows days and times writes both.
    "day_of(said)": "coalesce(try_strptime(trim(regexp_replace(said, "
    "'[T ]\\d{1,2}:\\d\\d(:\\d\\d(\\.\\d+)?)?Z?\\s*$', '')), ['%Y-%m-%d', '%d %B %Y', '%d %b %Y', "
    "'%d-%b-%y', '%d-%b-%Y', '%d-%B-%Y', '%d.%m.%Y', '%Y/%m/%d', '%B %d, %Y', '%b %d, %Y', "
    "'%d%b%Y'])::date, "
    "if(regexp_matches(said, '^\\d{4}-\\d\\d-\\d\\d[T ]'), "
    "try_cast(left(said, 10) as date), null), "
    "serial_day(said))",
}


def make_macros(warehouse: Warehouse) -> None:
    """Create the macros by which `sql/sources` reads numbers and days."""
    for macro, reads in MACROS.items():
        warehouse.execute(f"create or replace macro {macro} as {reads}")


def prepare(warehouse: Warehouse, settings: Settings, source: Source) -> None:
    """Fill the tables by which a source's rows become events."""
    warehouse.create_inputs()
    input_tables.reference_tables(warehouse, settings)
    in_scope = {
        "states": "is_state",
        "listed": "true",
        "study": "false",
    }[settings.scope.actors]
    names = NAMES[source.naming]
    warehouse.execute(
        "create or replace macro plain_text(said) as trim(regexp_replace(regexp_replace("
        "lower(strip_accents(said)), '[\\p{P}\\p{S}\\s]+', ' ', 'g'), '^ ?the ', ''))"
    )
    make_macros(warehouse)
    # How the source spells: by words, whose case and accents do not count, or by codes. A person
    # may write those of states in any case; a provider does not, and has many more rows.
    code = "upper(said)" if isinstance(source, CsvFile) else "said"
    for macro, key in {
        "actor_key": "plain_text(said)" if source.naming == "name" else code,
        "code_key": (
            "plain_text(said)" if sources.traits_of(source.projection).names_codes else "said"
        ),
    }.items():
        warehouse.execute(f"create or replace macro {macro}(said) as {key}")
    # What every row names is of a type that numbers a list: cheaper to keep and to write than text.
    warehouse.execute(projection("reason"), where="sql/sources/reason.sql")
    for name, table in (("iso3", "actor"), ("cameo_code", "cameo")):
        warehouse.execute(
            f"create or replace type {name} as enum (select {name} from core.{table} order by 1)"  # noqa: S608
        )
    warehouse.execute(
        f"""
        create or replace temp table named as
        select name, iso3, date '0001-01-01' as first_day, date '9999-12-31' as last_day
        from ({names})
        union all
        select
            substring(code, length($1) + 2), iso3,
            coalesce(first_day, date '0001-01-01'), coalesce(last_day, date '9999-12-31')
        from core.actor_code
        where starts_with(code, $1 || ':')
        """,  # noqa: S608
        [source.naming],
    )
    warehouse.execute(
        f"""
        create or replace table country as
        select distinct
            actor_key(named.name) as name, named.iso3::iso3 as iso3,
            named.first_day, named.last_day,
            -- The study's own actors always are, whatever their status.
            coalesce({in_scope} or named.iso3 in (select unnest($1::varchar[])), false)
                as is_in_scope,
        from named
        left join core.actor as actor using (iso3)
        """,  # noqa: S608
        [list(settings.study.actors)],
    )
    warehouse.execute(
        """
        create or replace table code as
        select distinct code_key(name) as name, cameo_code::cameo_code as cameo_code
        from (
            select cameo_code as name, cameo_code from core.cameo
            union all
            select name, cameo_code from core.event_name where starts_with(name, ?)
        )
        """,
        [f"{source.projection}:"],
    )
    twice = warehouse.rows(
        "select min(named.name) from named inner join "
        "(select name from country group by name having count(*) > 1) as twice "
        "on actor_key(named.name) = twice.name group by twice.name order by all"
    )
    if twice:
        raise StoreError(
            f"The names {', '.join(row[0] for row in twice)} mean more than one state; correct "
            "data/raw/reference."
        )
