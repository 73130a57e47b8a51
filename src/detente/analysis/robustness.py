"""What the breaks of a dyad depend on: the search again, in the series built otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from detente.analysis.breaks import ANY_BREAK, break_rows, day_or_none, last_day, search
from detente.analysis.results import as_json, numbers, refusing, saying
from detente.analysis.rows import Rows
from detente.analysis.series import Dyad
from detente.analysis.tables import Robustness
from detente.analysis.variant import LateKind, Variant, Variants
from detente.analysis.variant_sources import SMALLEST_SHARE
from detente.base.phrases import Phrase, join, say
from detente.indices.periods import PANDAS_FREQ
from detente.settings import Inference
from detente.statistics.breaks.resampling import DRAWS
from detente.statistics.breaks.results import Break, BreakAnalysis, analysis_sentence
from detente.statistics.breaks.robustness import lost_breaks
from detente.statistics.results import Refusal
from detente.statistics.wording import probability

_AS_ASKED = "as_asked"
# Share of the points from which a search in other values counts as a check.
SUBSTANCE = 0.1


@dataclass
class _Again:
    """How one break fares in the other searches."""

    n_asked: int = 0
    # Whether it goes with the kinds of records that are kept only from some day on.
    is_late: bool = False
    not_found: list[str] = field(default_factory=list)


def breaks_and_robustness(dyad: Dyad, otherwise: Variants, chosen: Inference) -> Rows:
    """Search one dyad's series for breaks, and again in the series built otherwise.

    A break that another search does not find says so in its warnings and its sentence.

    Parameters
    ----------
    dyad
        The series.
    otherwise
        The same series built otherwise.
    chosen
        The settings of every search.
    """
    asked = search(dyad.values, chosen, draws=DRAWS)
    if isinstance(asked, Refusal):
        return break_rows(dyad, asked)
    freq = PANDAS_FREQ[dyad.choice.freq]
    again = {one.position: _Again() for one in asked.breaks}
    rows = []
    if otherwise.variants:
        first = _found_row(dyad, 0, None, asked, asked)
        rows.append(replace(first, level_change=otherwise.level_change))
    for position, variant in enumerate(otherwise.variants, start=1):
        found = search(variant.values, chosen, variant.trimming)
        if isinstance(found, Refusal):
            rows.append(_refused_row(dyad, position, variant, found))
            continue
        changed = share_changed(dyad.values, variant)
        rows.append(_found_row(dyad, position, variant, found, asked, changed))
        if changed < SUBSTANCE:
            continue
        for one in again.values():
            one.n_asked += 1
        for gone in lost_breaks(asked.breaks, found.breaks, freq):
            sentence = say("robustness.search", search=variant.words, found=_instead(gone, found))
            again[gone.position].not_found.append(sentence)
            if variant.kind == "whole_span":
                again[gone.position].is_late = True
    notes = [_notes(one, again[one.position], otherwise.late, freq) for one in asked.breaks]
    in_short = join(
        _in_short(one, again[one.position]) for one in asked.breaks if again[one.position].not_found
    )
    return [*break_rows(dyad, asked, notes, in_short), *rows]


def share_changed(values: pd.Series, variant: Variant) -> float:
    """Return what part of a series' points is other in a variant, from 0.

    What is left out where acts are left out; else the sum of the absolute differences, after the
    variant was brought to the same scale by least squares, over that of the absolute values.
    """
    if variant.share_left_out is not None:
        return variant.share_left_out
    one, other = values.to_numpy(dtype=float), variant.values.to_numpy(dtype=float)
    if len(one) != len(other):
        return 1.0
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    total, squares = float(np.abs(one).sum()), float(other @ other)
    if not total or not squares:
        return float(total != squares)
    return float(np.abs(one - other * (one @ other) / squares).sum()) / total


def _balance(values: pd.Series, freq: str) -> float | None:
    """Return the sum of the last twelve months; None of other periods, or where one is unknown."""
    last = values.to_numpy(dtype=float)[-12:]
    if freq != "M" or len(last) < 12 or values.name != "net" or not np.isfinite(last).all():
        return None
    return float(last.sum())


def _instead(one: Break, found: BreakAnalysis) -> Phrase:
    """Say what another search finds in place of a break."""
    if one.last_before > found.last_possible:
        return say("robustness.beyond", last=found.last_possible)
    if found.breaks:
        dates = join([other.last_before for other in found.breaks], ", ")
        kind = "one" if len(found.breaks) == 1 else "many"
        return say(f"robustness.instead_{kind}", dates=dates)
    return say("robustness.none", p=probability(found.sup_f.p_value))


def _in_short(one: Break, again: _Again) -> Phrase:
    return say(
        "robustness.short_late" if again.is_late else "robustness.short",
        n_gone=len(again.not_found),
        n=again.n_asked,
        date=one.last_before,
    )


def _notes(one: Break, again: _Again, late: Sequence[LateKind], freq: str) -> list[str]:
    """Say on which choices one break depends; nothing where it is found everywhere."""
    notes: list[str] = []
    if again.is_late:
        kinds = [kind.words for kind in late if kind.share >= SMALLEST_SHARE]
        notes.append(say("robustness.of_records", date=one.last_before, kinds=join(kinds, "; ")))
    else:
        notes += [
            say("robustness.near", kind=kind.words, date=one.last_before)
            for kind in late
            if _is_near(one, kind, freq)
        ]
    if again.not_found:
        notes.append(
            say(
                "robustness.not_found",
                n_gone=len(again.not_found),
                n=again.n_asked,
                date=one.last_before,
                searches=join(again.not_found, "; "),
            )
        )
    return notes


def _is_near(one: Break, kind: LateKind, freq: str) -> bool:
    """Say whether a kind that weighs something begins about where a break is dated."""
    lower, upper = (
        last_day(one.lower or one.last_before, freq),
        last_day(one.upper or one.last_before, freq),
    )
    near = timedelta(days=366)
    return kind.share >= SMALLEST_SHARE and lower - near < kind.start.first_day < upper + near


def _where(dyad: Dyad, position: int, variant: Variant | None) -> dict[str, Any]:
    where = {**dyad.where, "position": position}
    if variant is None:
        return {
            **where,
            "variant": _AS_ASKED,
            "variant_of": "",
            "variant_words": say("variant.as_asked"),
        }
    return {
        **where,
        "variant": variant.kind,
        "variant_of": variant.name,
        "variant_words": variant.words,
        "n_left_out": variant.n_left_out,
        "share_left_out": variant.share_left_out,
    }


def _refused_row(dyad: Dyad, position: int, variant: Variant, refusal: Refusal) -> Robustness:
    return Robustness(
        **_where(dyad, position, variant),
        **refusing(refusal, join([dyad.subject, variant.words])),
        test_id=ANY_BREAK,
        test=say("asked.by", question=say("asked.any_break"), test=refusal.model),
    )


def _found_row(
    dyad: Dyad,
    position: int,
    variant: Variant | None,
    found: BreakAnalysis,
    asked: BreakAnalysis,
    changed: float | None = None,
) -> Robustness:
    freq = PANDAS_FREQ[dyad.choice.freq]
    subject = dyad.subject if variant is None else join([dyad.subject, variant.words])
    gone = lost_breaks(asked.breaks, found.breaks, freq)
    sentence = analysis_sentence(found, subject)
    if gone:
        dates = join([one.last_before for one in gone], ", ")
        sentence = join([sentence, say("robustness.as_asked", dates=dates)])
    return Robustness(
        **_where(dyad, position, variant),
        **numbers(found.sup_f, float(str(found.settings["significance"])))
        | {"test": f"any break: {found.sup_f.test}", "settings": as_json(found.settings)},
        share_changed=changed,
        net_12m=_balance(dyad.values if variant is None else variant.values, freq),
        level_change=None if variant is None else variant.level_change,
        is_counted=changed is not None and changed >= SUBSTANCE,
        n_breaks=len(found.breaks),
        break_dates=[last_day(one.last_before, freq) for one in found.breaks],
        break_dates_lo=[day_or_none(one.lower, freq) for one in found.breaks],
        break_dates_hi=[day_or_none(one.upper, freq) for one in found.breaks],
        lost_breaks=[last_day(one.last_before, freq) for one in gone],
        survives=not gone if asked.breaks else not found.breaks,
        span=f"{found.first} to {found.last}",
        warnings=found.warnings,
        wording=saying(sentence),
    )
