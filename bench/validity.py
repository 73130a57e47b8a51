"""Compare level, balance and stock on the shipped records, and with an outside witness.

python bench/validity.py DATABASE [WITNESS]

DATABASE is a published database of the shipped study; WITNESS a folder with dyad-years of ICEWS,
counted by quad class (columns i_iso3c, j_iso3c, year, verbCoop, matlCoop, verbConf, matlConf), and
events of it (columns event_date, actor1, actor2, cameo_code).
Prints the figures of docs/methods.md and draws the plot of calibration beside it. Nothing is tuned
on any of them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
from scipy.stats import kstest, spearmanr

from detente.database.published import Published
from detente.statistics.level.fit import best_power, fit
from detente.statistics.level.model import Prior, Sums
from detente.statistics.level.summary import smoothed_summary

ROOT = Path(__file__).resolve().parents[1]
EPISODE = re.compile(r"^\| (.+) \| (\w{3}-\w{3}) \| (\d{4}-Q\d) \| (lowest|highest) \|", flags=re.M)
MEASURES = ("net of the quarter", "balance", "level, filtered", "level, smoothed", "stock")


def months(database: Published) -> pd.DataFrame:
    """Read the measures by dyad and month."""
    return database.frame(
        """
        select
            month.actor1_iso3 || '-' || month.actor2_iso3 as dyad,
            month.period_start,
            month.net,
            month.stock,
            month.cooperation,
            month.conflict,
            balance.net_12m,
            filtered.level as filtered,
            filtered.tone,
            filtered.pit,
            filtered.pit_tie,
            smoothed.level as smoothed,
        from marts.dyad_month as month
        left join stats.balance as balance
            using (source, counting, actor1_iso3, actor2_iso3, period_start)
        left join stats.level as filtered
            on filtered.kind = 'filtered' and filtered.source = month.source
            and filtered.counting = month.counting and filtered.period_start = month.period_start
            and filtered.actor1_iso3 = month.actor1_iso3
            and filtered.actor2_iso3 = month.actor2_iso3
        left join stats.level as smoothed
            on smoothed.kind = 'smoothed' and smoothed.source = month.source
            and smoothed.counting = month.counting and smoothed.period_start = month.period_start
            and smoothed.actor1_iso3 = month.actor1_iso3
            and smoothed.actor2_iso3 = month.actor2_iso3
        where month.source = 'records' and month.counting = 'all'
            and month.direction = 'undirected' and month.is_complete
        order by dyad, month.period_start
        """
    )


def calibration(frame: pd.DataFrame) -> None:
    """Print how one-step predictions held, and draw the distribution of the PIT of each dyad."""
    print("calibration of one month ahead: share in 80%, in 95%, Kolmogorov-Smirnov p")
    kept = frame.dropna(subset=["pit"])
    kept = kept[kept.groupby("dyad").cumcount() >= 24]
    # A lump of probability, as that of nothing happening, is spread out evenly (randomised PIT).
    spread = np.random.default_rng(0).random(len(kept)) - 0.5
    kept = kept.assign(pit=kept["pit"] + spread * kept["pit_tie"])
    for dyad, rows in kept.groupby("dyad"):
        pit = rows["pit"].to_numpy()
        held = [
            float(((pit > (1 - one) / 2) & (pit < (1 + one) / 2)).mean()) for one in (0.8, 0.95)
        ]
        p_value = kstest(pit, "uniform").pvalue
        print(f"  {dyad}  {held[0]:.2f}  {held[1]:.2f}  {p_value:.3f}  ({len(pit)} months)")
    at = np.linspace(0, 1, 41)
    steps = [
        {"dyad": dyad, "PIT": value, "share below": float((rows["pit"] <= value).mean())}
        for dyad, rows in kept.groupby("dyad")
        for value in at
    ]
    dashed = {"strokeDash": [4, 3], "color": "#7A848D"}
    even = alt.Chart().mark_line(**dashed).encode(x="PIT:Q", y="PIT:Q")
    lines = (
        alt.Chart()
        .mark_line()
        .encode(
            x=alt.X("PIT:Q", title="probability of less"),
            y=alt.Y("share below:Q", title="share of months"),
        )
    )
    folder = ROOT / "docs" / "figures"
    folder.mkdir(exist_ok=True)
    chart = alt.layer(even, lines, data=pd.DataFrame(steps)).properties(width=130, height=130)
    chart.facet("dyad:N", columns=5).save(folder / "pit.svg")


def episodes(frame: pd.DataFrame) -> None:
    """Print the rank of each known episode by each measure, among the quarters around it."""
    page = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    section = page.split("### Known crises and thaws")[1].split("### References")[0]
    quarter = pd.to_datetime(frame["period_start"]).dt.to_period("Q").astype(str)
    named = quarter.str.replace("Q", "-Q")
    by_quarter = frame.groupby([frame["dyad"], named])
    values = {
        "net of the quarter": by_quarter["net"].sum(),
        "balance": by_quarter["net_12m"].last(),
        "level, filtered": by_quarter["filtered"].last(),
        "level, smoothed": by_quarter["smoothed"].mean(),
        "stock": by_quarter["stock"].last(),
    }
    seen = dict.fromkeys(MEASURES, 0)
    for name, dyad, at, expected in EPISODE.findall(section):
        told = []
        for measure in MEASURES:
            own = values[measure][dyad].dropna()
            if at not in own.index:
                told.append("-")
                continue
            here = own.index.get_loc(at)
            around = own.iloc[max(0, here - 20) : here + 21]
            rank = 1 + int(
                (around < own[at]).sum() if expected == "lowest" else (around > own[at]).sum()
            )
            seen[measure] += rank <= len(around) // 10
            told.append(f"{rank}/{len(around)}")
        print(f"| {name} | {dyad} | {at} | {' | '.join(told)} |")
    print("in the extreme tenth:", seen)


def ahead(frame: pd.DataFrame) -> None:
    """Print the rank correlation of what is known at a month's end with the months after it."""
    print("rank correlation with the sum of the next months, mean over dyads (least to most)")
    known = ("net_12m", "filtered", "tone", "stock")
    for horizon in (6, 12):
        found = {name: [] for name in known}
        for _, rows in frame.groupby("dyad"):
            later = rows["net"].rolling(horizon).sum().shift(-horizon)
            for name in known:
                both = pd.concat([rows[name], later], axis=1).iloc[24:].dropna()
                found[name].append(float(spearmanr(both.iloc[:, 0], both.iloc[:, 1])[0]))
        for name, values in found.items():
            print(f"  {horizon:>2} months  {name:<9} {np.mean(values):.3f} "
                  f"({min(values):.2f} to {max(values):.2f})")  # fmt: skip


def witness(frame: pd.DataFrame, folder: Path) -> None:
    """Print the rank correlation over years of each measure with the other source's tone."""
    rows = pd.read_csv(next(folder.glob("*dyad_year*")))
    dyads = ["-".join(sorted(pair)) for pair in zip(rows["i_iso3c"], rows["j_iso3c"], strict=True)]
    sums = (
        rows.assign(dyad=dyads)
        .groupby(["dyad", "year"])[["verbCoop", "matlCoop", "verbConf", "matlConf"]]
        .sum()
    )
    conflict = sums[["verbConf", "matlConf"]].sum(axis=1)
    friendly = ((sums.sum(axis=1) - 2 * conflict) / sums.sum(axis=1)).rename("icews")
    own = frame.assign(year=pd.to_datetime(frame["period_start"]).dt.year).groupby(["dyad", "year"])
    measures = pd.DataFrame(
        {
            "balance": own["net_12m"].last(),
            "level": own["smoothed"].mean(),
            "tone": own["tone"].last(),
            "stock": own["stock"].last(),
        }
    )
    both = measures.join(friendly, how="inner").dropna()
    n_years = both.index.get_level_values("year").nunique()
    print(f"rank correlation over {n_years} years with the other source's tone, within dyads")
    print("mean over dyads, and 95% by resampling dyads")
    for name in measures:
        _print_agreement(name, both, name, "icews")
    friendly_counts = sums[["verbCoop", "matlCoop"]].sum(axis=1).unstack("year")
    levels = _level_alone(friendly_counts, conflict.unstack("year"), steps_a_year=1)
    joined = measures.join(levels, how="inner").dropna()
    print("level from the records alone with the level from the other source alone, by year")
    _print_agreement("level", joined, "level", "other_level")
    _print_agreement("tone", joined, "tone", "other_tone")


def witness_by_month(frame: pd.DataFrame, scale: pd.Series, folder: Path) -> None:
    """Print how the levels by month of the two sources agree, each estimated from itself alone."""
    rows = pd.read_csv(next(folder.glob("*2013-11*")), dtype={"cameo_code": str})
    points = rows["cameo_code"].map(scale).fillna(0.0)
    pairs = ["-".join(sorted(pair)) for pair in zip(rows["actor1"], rows["actor2"], strict=True)]
    month = pd.to_datetime(rows["event_date"]).dt.to_period("M")
    inside = month > month.min()
    table = pd.DataFrame({"dyad": pairs, "month": month, "points": points})[inside]
    signs = [
        (sign * table["points"]).clip(lower=0).groupby([table["dyad"], table["month"]]).sum()
        for sign in (1, -1)
    ]
    levels = _level_alone(*(one.unstack("month").fillna(0.0) for one in signs), steps_a_year=12)
    own = frame.assign(month=pd.to_datetime(frame["period_start"]).dt.to_period("M"))
    own = own.set_index(["dyad", "month"])[["smoothed", "tone"]]
    levels.index = levels.index.set_names(["dyad", "month"])
    joined = own.join(levels, how="inner").dropna()
    n_months = joined.index.get_level_values("month").nunique()
    print(f"the same by month, {n_months} months")
    _print_agreement("level", joined, "smoothed", "other_level")
    _print_agreement("tone", joined, "tone", "other_tone")
    means = joined.groupby("dyad").mean()
    for name, other in (("smoothed", "other_level"), ("tone", "other_tone")):
        print(f"  across dyads, means: {name} {spearmanr(means[name], means[other])[0]:.2f}")


def _level_alone(
    cooperation: pd.DataFrame, conflict: pd.DataFrame, steps_a_year: int
) -> pd.DataFrame:
    """Estimate level and tone from one source; rows are dyads, columns periods in order."""
    volume = np.log((cooperation + conflict).sum().to_numpy() / 1000)
    # A year's step of the state is that of twelve months.
    prior = Prior(log_step=Prior().log_step + 0.5 * np.log(12 / steps_a_year))
    signs = []
    for one in (cooperation, conflict):
        y = one.to_numpy(dtype=float)[:, None]
        offset = np.broadcast_to(volume, y.shape).copy()
        signs.append(Sums(y, offset, float(np.median(y[y > 0]))))
    power = best_power((signs[0], signs[1]), prior)
    found = smoothed_summary(*(fit(one, power, prior) for one in signs))
    index = pd.MultiIndex.from_product([cooperation.index, cooperation.columns])
    return pd.DataFrame(
        {"other_level": found.level[2].T.ravel(), "other_tone": found.tone[2].T.ravel()},
        index=index.set_names(["dyad", "year"]),
    )


def _print_agreement(name: str, table: pd.DataFrame, one: str, other: str) -> None:
    """Print the mean of the dyads' rank correlations, with its interval."""
    rng = np.random.default_rng(0)
    of_dyads = np.array(
        [spearmanr(rows[one], rows[other])[0] for _, rows in table.groupby(level="dyad")]
    )
    of_dyads = of_dyads[~np.isnan(of_dyads)]
    drawn = rng.choice(of_dyads, (4000, len(of_dyads))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    print(f"  {name:<8} {of_dyads.mean():.2f} ({low:.2f} to {high:.2f}), {len(of_dyads)} dyads")


if __name__ == "__main__":
    with Published(Path(sys.argv[1])) as opened:
        table = months(opened)
        values = opened.frame(
            "select cameo_code, scale_value::double as value from core.scale "
            "where scale = 'goldstein'"
        )
    calibration(table)
    episodes(table)
    ahead(table)
    if len(sys.argv) > 2:
        witness(table, Path(sys.argv[2]))
        witness_by_month(table, values.set_index("cameo_code")["value"], Path(sys.argv[2]))
