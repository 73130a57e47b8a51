-- What the tests found: one row per test. `rejects` is true where the claim of `question` is shown: the
-- adjusted p-value is below the study's level, and errors that allow for heteroskedasticity do not
-- decide otherwise. Tests of specification (is_specification) ask what a series is like, not what
-- states do.
create or replace view main.test_result as
with
every_test as (
    select
        'break' as family,
        actor1_iso3 || '-' || actor2_iso3 as subject,
        test || coalesce(': ' || alternative, '') as question,
        null::double as effect,
        p_value, p_adjusted, outcome, is_disputed,
        -- It judges the model of the breaks and says nothing of a break.
        test_id = 'residual_autocorrelation' as is_specification,
        source, counting, freq, measure, refusal, sentence,
    from stats.break_test
    where p_value is not null or refusal is not null
    union all
    select
        'prediction' as family,
        actor2_iso3 || ' -> ' || actor1_iso3 as subject,
        acts || ': ' || test || coalesce(': ' || alternative, '') as question,
        null as effect,
        p_value, p_adjusted, outcome, is_disputed, false,
        source, counting, freq, measure, refusal, sentence,
    from stats.granger
    where p_value is not null or refusal is not null
    union all
    select
        'prediction beyond a common climate' as family,
        actor2_iso3 || ' -> ' || actor1_iso3 as subject,
        sign || ': ' || test || coalesce(': ' || alternative, '') as question,
        ratio as effect,
        p_value, p_adjusted, outcome, is_disputed, false,
        source, counting, freq, measure, refusal, sentence,
    from stats.common_climate
    union all
    select
        'triad' as family,
        coalesce(predictors || ' -> ' || predicted, triad) as subject,
        direction || ': ' || test || coalesce(': ' || alternative, '') as question,
        null as effect,
        p_value, p_adjusted, outcome, is_disputed, false,
        source, counting, freq, measure, refusal, sentence,
    from stats.triad
    union all
    select
        'effect' as family,
        actor1_iso3 || '-' || actor2_iso3 as subject,
        event_kind || ', ' || method || coalesce(': ' || alternative, '') as question,
        effect,
        p_value, p_adjusted, outcome, is_disputed, false,
        source, counting, freq, measure, refusal, sentence,
    from stats.event_effect
    union all
    select
        'effect, all dyads' as family,
        event_kind as subject,
        coalesce(alternative, test) as question,
        effect,
        p_value, p_adjusted, outcome, is_disputed, false,
        source, counting, freq, measure, refusal, sentence,
    from stats.event_panel
    union all
    select
        'specification' as family,
        actor1_iso3 || '-' || actor2_iso3 as subject,
        test || coalesce(': ' || alternative, '') as question,
        null as effect,
        p_value, p_adjusted, outcome, is_disputed, true,
        source, counting, freq, measure, refusal, sentence,
    from stats.diagnostic
    where p_value is not null or refusal is not null
)

select
    every_test.family,
    every_test.subject,
    every_test.question,
    round(every_test.effect, 4) as effect,
    every_test.p_value as p,
    every_test.p_adjusted,
    coalesce(
        every_test.outcome = 'rejected' and not every_test.is_disputed, false
    ) as rejects,
    every_test.is_specification,
    every_test.source,
    every_test.counting,
    every_test.freq,
    every_test.measure as indicator,
    every_test.refusal,
    every_test.sentence,
from every_test
union all
select
    'step or drift' as family,
    actor1_iso3 || '-' || actor2_iso3 as subject,
    'The relation moved in a step and not by drift' as question,
    round(lead, 4) as effect,
    null as p,
    null as p_adjusted,
    is_step as rejects,
    false as is_specification,
    source,
    counting,
    'month' as freq,
    'level' as indicator,
    null as refusal,
    sentence,
from stats.step_or_drift
union all
select
    'question of the study' as family,
    hypothesis_id as subject,
    question,
    null as effect,
    -- A p-value of another claim (that there is a break, though not in the years asked about) would
    -- contradict the verdict; the sentence tells it with its test.
    case when verdict = 'supported' or p_adjusted >= study.significance then p_value end as p,
    case when verdict = 'supported' or p_adjusted >= study.significance then p_adjusted end
        as p_adjusted,
    verdict = 'supported' and not is_disputed as rejects,
    false as is_specification,
    null as source,
    null as counting,
    null as freq,
    null as indicator,
    case when is_refused then verdict end as refusal,
    sentence,
from stats.hypothesis
cross join meta.study as study;
