"""The trials of a search on disk, and what to try next; the only place that knows Optuna.

The file holds finished trials alone, each written at once. What to try next follows from the
seed and the finished trials before it; so a search that was killed asks again for what it lost.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matts.extras import extra
from matts.search.recipe import Recipe, Values
from matts.search.space import Axis, SearchSettings, distributions, tidy
from matts.search.trial import Trial

if TYPE_CHECKING:  # an extra
    from optuna.samplers import BaseSampler
    from optuna.study import Study
    from optuna.trial import FrozenTrial

STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL"}  # ours and Optuna's


def need_optuna() -> Any:
    """Optuna, told to be quiet; or the sentence that says how to get it."""
    with extra("search", "a search needs Optuna"):
        import optuna  # noqa: PLC0415
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


class Ledger:
    """The finished trials of one study."""

    def __init__(self, path: Path, name: str, axes: dict[str, Axis]) -> None:
        optuna = need_optuna()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.axes = axes
        self.study: Study = optuna.create_study(
            storage=f"sqlite:///{path}",
            study_name=name,
            direction="maximize",
            load_if_exists=True,
        )

    def add(self, trial: Trial) -> None:
        """Write a trial down, the whole of it or nothing."""
        self.study.add_trial(_freeze(trial, self.axes))

    def trials(self) -> list[Trial]:
        """Every trial, in the order of its number; once, though two searches wrote it."""
        written = reversed(self.study.get_trials(deepcopy=False))
        found = {trial.number: trial for trial in map(_thaw, written)}
        return [found[number] for number in sorted(found)]


def ask(
    earlier: Sequence[Trial], count: int, settings: SearchSettings, recipe: Recipe
) -> list[Values]:
    """What the next `count` trials vary: the first of all is the preset."""
    axes = settings.space.axes
    preset = [{path: recipe[path] for path in axes}] if not earlier else []
    study, limits = _study(earlier, settings), distributions(axes)
    asked = [study.ask(limits).params for _ in range(count - len(preset))]
    tidied = [{path: tidy(each[path], axes[path]) for path in axes} for each in asked]
    return [*preset, *tidied]


def importance(trials: Sequence[Trial], settings: SearchSettings) -> dict[str, float]:
    """How much of the spread among good trials each setting explains; empty for too few trials.

    PED-ANOVA: Watanabe et al., "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
    Arbitrary Subspaces", 2023.
    """
    axes = settings.space.axes
    known = [each for each in trials if _inside(each.chosen, axes).keys() == axes.keys()]
    if len({each.value for each in known if each.value is not None}) < 2:  # noqa: PLR2004
        return {}
    found = need_optuna().importance.get_param_importances(_study(known, settings))
    return {path: float(share) for path, share in found.items()}


def _study(trials: Sequence[Trial], settings: SearchSettings) -> "Study":
    """A study in memory that knows these trials; its draws depend on them and on the seed."""
    optuna = need_optuna()
    seed = int(np.random.SeedSequence([settings.seed, len(trials)]).generate_state(1)[0])
    sampler: BaseSampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=settings.startup)
    study: Study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials([_freeze(trial, settings.space.axes) for trial in trials])
    return study


def _inside(values: Values, axes: dict[str, Axis]) -> Values:
    """Those values that lie on their axis: a preset may lie beside it."""
    return {path: value for path, value in values.items() if axes[path].holds(value)}


def _freeze(trial: Trial, axes: dict[str, Axis]) -> "FrozenTrial":
    """A trial as Optuna keeps it."""
    optuna, inside, limits = need_optuna(), _inside(trial.chosen, axes), distributions(axes)
    told = {"values": dict(trial.chosen), "seconds": trial.seconds, "reason": trial.reason}
    frozen: FrozenTrial = optuna.trial.create_trial(
        state=optuna.trial.TrialState[STATES[trial.state]],
        value=trial.value,
        params=dict(inside),
        distributions={path: limits[path] for path in inside},
        intermediate_values=dict(enumerate(trial.figures, start=1)),
        user_attrs={"number": trial.number, **told},
    )
    return frozen


def _thaw(frozen: "FrozenTrial") -> Trial:
    """A trial as we know it."""
    told = frozen.user_attrs
    state: Any = next(ours for ours, theirs in STATES.items() if theirs == frozen.state.name)
    figures = [figure for _, figure in sorted(frozen.intermediate_values.items())]
    return Trial(told["number"], told["values"], state, figures, told["seconds"], told["reason"])
