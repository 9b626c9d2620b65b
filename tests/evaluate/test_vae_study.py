import re

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.metrics import average_precision_score

from matts.detect.roster import BaselineSettings
from matts.detect.vae import VaeDetector
from matts.evaluate.charts import Points
from matts.evaluate.vae_study import (
    BASE,
    VaeStudySettings,
    base_of,
    draw_study,
    fittings,
    medians,
    run_study,
    write_table,
)
from matts.windows import Split

SMALL = {"epochs": 1, "channels": 4, "latent": 2}


@pytest.fixture(scope="module")
def trials(split: Split) -> pd.DataFrame:
    study = VaeStudySettings(seeds=2, variants={"mae": {"loss": "mae"}})
    return run_study(split, fittings(SMALL, study), 10, 1)


def test_each_variant_is_the_base_but_for_what_it_changes() -> None:
    study = VaeStudySettings(seeds=2, variants={"mae": {"loss": "mae", "beta": 0.5}})
    tasks = fittings({**SMALL, "seed": 3}, study)
    assert [(task.variant, task.settings.seed) for task in tasks] == [
        (BASE, 3),
        (BASE, 4),
        ("mae", 3),
        ("mae", 4),
    ]
    first, changed = tasks[0].settings.model_dump(), tasks[2].settings.model_dump()
    assert {key for key in first if first[key] != changed[key]} == {"loss", "beta"}


def test_the_base_is_the_vae_of_the_baselines() -> None:
    baselines = BaselineSettings(detectors={"pca": {}, "vae": {"latent": 7}})
    assert base_of(baselines) == {"latent": 7}
    assert base_of(BaselineSettings()) == {}


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        (
            {"small": {"latnt": 2}},
            "variant 'small' cannot change latnt; allowed: encoder, channels",
        ),
        ({"beta=1": {"beta": 1}}, "match pattern"),
        ({"small": {"latent": 0}}, "greater than or equal to 1"),
    ],
)
def test_a_variant_that_cannot_be_is_refused(variants: object, message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        VaeStudySettings.model_validate({"variants": variants})


def test_every_training_is_judged_on_both_parts(trials: pd.DataFrame, split: Split) -> None:
    assert trials["variant"].tolist() == [BASE, BASE, "mae", "mae"]
    task = fittings(SMALL, VaeStudySettings(seeds=1))[0]
    detector = VaeDetector(task.settings).fit(split.train, split.validation)
    for column, part in (("validation_pr_auc", split.validation), ("pr_auc", split.test)):
        known = part.faulty.any()
        expected = average_precision_score(part.faulty, detector.score(part)) if known else None
        assert trials[column][0] == pytest.approx(expected)
    assert (trials["seconds"] > 0).all()
    assert (trials["epochs"] == 1).all()


def test_the_table_has_medians_in_the_order_of_the_study(trials: pd.DataFrame) -> None:
    middle = medians(trials)
    assert middle.index.tolist() == [BASE, "mae"]
    assert middle["pr_auc"]["mae"] == pytest.approx(trials["pr_auc"][2:].mean())
    lines = write_table(trials, "simulated readings, data set 6").splitlines()
    assert lines[0] == "# Options of the VAE on simulated readings, data set 6"
    assert "over 2 seed" in lines[2]
    assert lines[6].split("|")[1].strip() == BASE
    gain = middle["validation_pr_auc"].diff().iloc[-1]
    assert lines[7].split("|")[5].strip() == f"{gain:+.3f}"


def test_the_chart_shows_every_seed(trials: pd.DataFrame) -> None:
    chart = draw_study(trials, "a mill")
    assert chart.x_names == [BASE, "mae"]
    validation, test, middle = chart.panels[0].layers
    assert isinstance(test, Points)
    assert isinstance(middle, Points)
    assert isinstance(validation, Points)
    assert test.x.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(test.y, trials["pr_auc"])
    assert middle.y[1] == pytest.approx(np.median(test.y[2:]))
