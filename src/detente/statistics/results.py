"""What every statistical result carries, so that it can be read on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.base.phrases import Phrase

Setting = str | int | float | bool | None


class Choices:
    """The choices behind an analysis: a dataclass of them derives from this."""

    def as_settings(self) -> dict[str, Setting]:
        """Return the choices by name, as a result carries them in `settings`."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class TestResult:
    """Outcome of one hypothesis test.

    Attributes
    ----------
    test_id
        The test by a name that does not change with the wording, for instance ``"sup_f"``.
    test
        Name of the test with its source, for instance ``"sup-F (Andrews 1993)"``.
    null_hypothesis, alternative
        In words.
    statistic
        The test statistic; ``distribution`` says against what it is judged.
    p_value
        ``None`` where the test has no p-value (only critical values), see ``critical_values``.
    n_obs
        Observations used, after lags and differences.
    settings
        Everything that was chosen: lags, trimming, kernel, seed.
    warnings
        What the fitting program complained about, in words; empty where nothing did.
    """

    __test__ = False  # keeps pytest from collecting the class

    test_id: str
    test: str
    null_hypothesis: str
    alternative: str
    statistic: float
    p_value: float | None
    n_obs: int
    distribution: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    critical_values: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def rejects(self, level: float = 0.05) -> bool:
        """Say whether the null is rejected at ``level`` (by p-value, else by critical value)."""
        if self.p_value is not None:
            return self.p_value < level
        critical = self.critical_values.get(f"{level:g}")
        if critical is None:
            raise ValueError(f"{self.test} has neither a p-value nor a critical value at {level:g}")
        return self.statistic > critical


def reason_of(error: Exception) -> str:
    """Return what an error says, as a phrase where it was raised with one."""
    reason = error.args[0] if error.args else ""
    return reason if isinstance(reason, Phrase) else str(error)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A model for which a series is unsuitable, with the reason; stored instead of a result.

    Attributes
    ----------
    model, reason
        In words.
    test_id
        The test or model by a name that does not change with the wording; empty where whoever asks
        knows what was asked.
    """

    model: str
    reason: str
    test_id: str = ""
