"""A source that names two sides in no order tells nobody who acted, and nothing asks it."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from detente.analysis.occurrences import occurrence_rows
from detente.analysis.reciprocity import reciprocity_rows
from detente.analysis.series import Dyad
from detente.analysis.tables import CommonClimate, Granger, Triad
from detente.analysis.triads import triad_of, triad_rows
from detente.report import language
from detente.report.model.events import Event
from detente.report.pages import listing
from detente.settings import Inference, SeriesChoice

CHOICE = SeriesChoice(source="ucdp_ged")
REASON = "the source names the two sides but not who acted"


def _dyad(pair: tuple[str, str], *, tells_who_acted: bool) -> Dyad:
    months = pd.period_range("2000-01", periods=120, freq="M")
    weeks = pd.period_range("2000-01-03", periods=400, freq="W-SUN")
    drawn = np.random.default_rng(sum(map(ord, "".join(pair))))
    one, two = (pd.Series(drawn.normal(size=120), months, name="net") for _ in range(2))
    names = [f"acts of {a} towards {b}" for a, b in (pair, pair[::-1])]
    counts = pd.DataFrame(drawn.poisson(1.0, (400, 2)).astype(float), weeks, names)
    return Dyad(
        choice=CHOICE, pair=pair, values=one + two, directed=(one, two),
        occurrences={"cooperation": counts, "conflict": counts},
        tells_who_acted=tells_who_acted,
    )  # fmt: skip


@pytest.mark.parametrize("tells", [True, False])
def test_whose_acts_predict_whose_is_asked_only_where_it_is_known_who_acted(tells: bool) -> None:
    chosen = Inference(draws=100)
    dyad = _dyad(("IND", "PAK"), tells_who_acted=tells)
    rows = [*reciprocity_rows(dyad, chosen), *occurrence_rows(dyad, chosen)]
    answers = [one for one in rows if isinstance(one, (Granger, CommonClimate))]
    assert len(answers) == 6  # two directions of all acts, of cooperation, of conflict
    assert {(one.refusal or "").endswith(REASON) for one in answers} == {not tells}
    if not tells:
        assert not any(getattr(one, "same_period_correlation", None) for one in answers)


@pytest.mark.parametrize("tells", [True, False])
def test_three_states_are_asked_without_directions_alone(tells: bool) -> None:
    pairs = [("CHN", "IND"), ("CHN", "PAK"), ("IND", "PAK")]
    dyads = {pair: _dyad(pair, tells_who_acted=tells) for pair in pairs}
    rows = triad_rows(triad_of(dyads, CHOICE, ("CHN", "IND", "PAK")), Inference(draws=100))
    refused = {(one.direction, one.is_refused) for one in rows if isinstance(one, Triad)}
    assert ("undirected", False) in refused, refused
    assert ("directed", not tells) in refused


def _event(who: str) -> Event:
    return Event(
        id="1", pair=("IND", "PAK"), day=date(1999, 5, 26), kind="root19", who=who, points=-10.0,
        is_bilateral=True, title="Clash", short="", source_name="", source_url="",
        file="GEDEvent_v25_1.csv", row=2, n_mentions=0,
    )  # fmt: skip


@pytest.mark.parametrize(("who", "tells"), [("1", True), ("12", True), ("", False)])
def test_a_list_of_events_names_both_sides_where_the_source_names_no_actor(
    who: str, tells: bool
) -> None:
    listed = listing.of("IND-PAK", "Events", [_event(who)], language.load())
    assert listed.names_actors is tells
    sides = re.search(r"<td>IND\W*–\W*PAK</td>", str(listing.rows(listed, listed.events)))
    assert (sides is not None) is (who != "1")


def test_a_direction_of_a_triad_holds_the_acts_of_its_first_state() -> None:
    pairs = [("CHN", "IND"), ("CHN", "PAK"), ("IND", "PAK")]
    dyads = {pair: _dyad(pair, tells_who_acted=True) for pair in pairs}
    found = triad_of(dyads, CHOICE, ("PAK", "CHN", "IND"))
    assert set(found.undirected) == {"-".join(pair) for pair in pairs}
    for one, two in pairs:
        forth, back = dyads[one, two].directed
        pd.testing.assert_series_equal(found.directed[f"{one}>{two}"], forth, check_names=False)
        pd.testing.assert_series_equal(found.directed[f"{two}>{one}"], back, check_names=False)
