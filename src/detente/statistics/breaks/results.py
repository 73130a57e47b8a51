"""What the break tests say of one series, as values and in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from detente.base.phrases import Phrase, listed, say
from detente.statistics.breaks.segmentation import Partition
from detente.statistics.results import Refusal, Setting, TestResult
from detente.statistics.sentences import cautions
from detente.statistics.wording import probability

Selection = Literal["sequential", "bic", "lwz"]
# Of a break as early or as late as one may be.
AT_THE_EDGE = (say("warning.edge"),)


@dataclass(frozen=True, kw_only=True)
class Break:
    """One break.

    Attributes
    ----------
    last_before, first_after
        Labels of the last period of the old regime and the first of the new one.
    position
        How many observations lie before the break.
    lower, upper
        Labels of the ends of the interval for ``last_before``; ``None`` where there is no interval.
    level
        Coverage of the interval.
    before, after
        Coefficient by name in the two regimes; for a shift of the mean ``{"mean": ...}``, in the
        unit of the series.
    warnings
        About the date and its interval, in words.
    """

    last_before: str
    first_after: str
    position: int
    lower: str | None
    upper: str | None
    level: float
    before: Mapping[str, float]
    after: Mapping[str, float]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Candidate(Partition):
    """The best partition with a given number of breaks.

    ``dates`` holds the last period before each of its breaks.
    """

    dates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BreakAnalysis:
    """What the break tests say of one series.

    Attributes
    ----------
    first, last
        Labels of the first and the last observation.
    first_possible, last_possible
        Earliest and latest period after which a break was sought; a break nearer to the ends is out
        of reach of the method.
    n_obs, n_missing
        Observations used, and periods left out because they have no value.
    candidates
        One for each number of breaks, from none upwards.
    n_sequential, n_bic, n_lwz
        Number of breaks by the sequential test, the Bayesian criterion and that of Liu, Wu and
        Zidek.
    selected_by
        Which of the three the ``breaks`` follow.
    breaks
        In order of time.
    sup_f_bootstrap
        The sup-F test judged by a block bootstrap; None where none was asked for.
    any_trimming
        The best of several trimmings, judged by a block bootstrap; None where none was asked for.
    last_observations
        Whether the last 12 and 24 observations follow those before (Andrews 2003).
    sup_f, double_maximum, sequential, cusum
        The tests; ``sequential[l]`` sets l breaks against l + 1.
    residual_autocorrelation
        Ljung-Box test on the residuals of the partition that BIC prefers.
    settings
        What was chosen.
    warnings
        In words.
    """

    first: str
    last: str
    first_possible: str
    last_possible: str
    n_obs: int
    n_missing: int
    candidates: tuple[Candidate, ...]
    n_sequential: int
    n_bic: int
    n_lwz: int
    selected_by: Selection
    breaks: tuple[Break, ...]
    sup_f: TestResult
    sup_f_bootstrap: TestResult | None
    any_trimming: TestResult | Refusal | None
    last_observations: tuple[TestResult | Refusal, ...]
    double_maximum: TestResult | Refusal
    sequential: tuple[TestResult | Refusal, ...]
    cusum: TestResult
    residual_autocorrelation: TestResult
    settings: Mapping[str, Setting]
    warnings: tuple[str, ...]

    @property
    def n_selected(self) -> int:
        """Number of breaks by the rule of choice, whether or not they are dated."""
        counts = {"sequential": self.n_sequential, "bic": self.n_bic, "lwz": self.n_lwz}
        return counts[self.selected_by]


def break_sentence(found: Break, subject: str) -> Phrase:
    """Say one break in one sentence.

    ``subject`` names the series, for instance ``"Japan-South Korea net cooperation"``.
    """
    return say(
        "breaks.point",
        subject=subject,
        last_before=found.last_before,
        interval=_interval_words(found),
        change=_change(found),
        caution=cautions(found.warnings),
    )


def analysis_sentence(analysis: BreakAnalysis, subject: str) -> Phrase:
    """Say the answer for one series, with the number of breaks by each rule and what was sought."""
    n_breaks = len(analysis.breaks)
    numbers = {
        "sequential": say("breaks.count_sequential", n=analysis.n_sequential),
        "bic": say("breaks.count_bic", n=analysis.n_bic),
        "lwz": say("breaks.count_lwz", n=analysis.n_lwz),
    }
    dates = [
        say("breaks.after", last_before=one.last_before, interval=_interval_words(one))
        for one in analysis.breaks
    ]
    kind = "none" if n_breaks == 0 else "one" if n_breaks == 1 else "many"
    if not n_breaks and analysis.n_selected:
        # Breaks were counted, but too few periods are active to date them (`min_active`).
        return say(
            "breaks.undated",
            subject=subject,
            first=analysis.first,
            last=analysis.last,
            others=listed(list(numbers.values())),
            p=_sup_f_words(analysis),
        )
    return say(
        f"breaks.{analysis.selected_by}",
        level=f"{float(analysis.settings['significance'] or 0.0):.3g}",
        count=say(f"breaks.count_{kind}", n=n_breaks),
        subject=subject,
        first=analysis.first,
        last=analysis.last,
        dates=say("breaks.dates", dates=listed(dates)) if dates else "",
        others=listed([one for name, one in numbers.items() if name != analysis.selected_by]),
        p=_sup_f_words(analysis),
        first_possible=analysis.first_possible,
        last_possible=analysis.last_possible,
    )


def _sup_f_words(analysis: BreakAnalysis) -> Phrase:
    asymptotic = probability(analysis.sup_f.p_value)
    if analysis.sup_f_bootstrap is None:
        return asymptotic
    bootstrap = probability(analysis.sup_f_bootstrap.p_value)
    return say("breaks.p_bootstrap", bootstrap=bootstrap, asymptotic=asymptotic)


def _interval_words(found: Break) -> Phrase:
    edge = say("breaks.edge") if set(AT_THE_EDGE) & set(found.warnings) else ""
    if found.lower is None or found.upper is None:
        return say("breaks.no_interval", edge=edge)
    return say(
        "breaks.interval",
        level=f"{found.level:.0%}",
        lower=found.lower,
        upper=found.upper,
        edge=edge,
    )


def _change(found: Break) -> str:
    return listed(
        [
            say(
                "breaks.change",
                name=name,
                before=_number(found.before[name]),
                after=_number(after),
            )
            for name, after in found.after.items()
        ]
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100.0 else f"{value:.3g}"
