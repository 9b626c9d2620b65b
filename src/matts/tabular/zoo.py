"""The zoo: every classifier and every regressor of the suite, one row each."""

from collections.abc import Mapping
from types import MappingProxyType

from matts.tabular.committees import CommitteeSettings, Stacking, StackingSettings, Voting
from matts.tabular.fitting import Entry
from matts.tabular.hybrid import HybridLearner
from matts.tabular.hybrid_settings import HybridSettings
from matts.tabular.learners.boosted import (
    AdaBoostSettings,
    GradientBoostingSettings,
    HistGradientBoostingSettings,
    HistLearner,
)
from matts.tabular.learners.cat import CatBoostLearner, CatBoostSettings
from matts.tabular.learners.forests import ExtraTreesSettings, RandomForestSettings
from matts.tabular.learners.lgb import LightGBMLearner, LightGBMSettings
from matts.tabular.learners.plain import (
    IsolationLearner,
    IsolationSettings,
    LogisticSettings,
    NaiveBayesSettings,
)
from matts.tabular.learners.scikit import ScikitLearner
from matts.tabular.learners.xgb import XGBoostLearner, XGBoostSettings

BOTH = {
    "random_forest": Entry(RandomForestSettings, ScikitLearner, "random forest", "skops"),
    "xgboost": Entry(XGBoostSettings, XGBoostLearner, "XGBoost", ".ubj", stops_early=True),
    "lightgbm": Entry(LightGBMSettings, LightGBMLearner, "LightGBM", ".txt", stops_early=True),
    "catboost": Entry(CatBoostSettings, CatBoostLearner, "CatBoost", ".cbm", stops_early=True),
    "gradient_boosting": Entry(
        GradientBoostingSettings,
        ScikitLearner,
        "gradient boosting, exact splits, on a part of the examples",
        "skops",
        "complete",
    ),
    "extra_trees": Entry(ExtraTreesSettings, ScikitLearner, "extra trees", "skops"),
    "hist_gradient_boosting": Entry(
        HistGradientBoostingSettings,
        HistLearner,
        "gradient boosting, its histogram form, on all examples",
        "skops",
        "complete",
        stops_early=True,
    ),
    "hybrid": Entry(
        HybridSettings,
        HybridLearner,
        "LSTM and XGBoost, weighed by a meta-learner; no failure types",
        "safetensors, .ubj",
        weighted=False,
        needs_rows=True,
        yes_no=True,
    ),
}
CLASSIFIERS: Mapping[str, Entry] = MappingProxyType(
    BOTH
    | {
        "isolation_forest": Entry(
            IsolationSettings,
            IsolationLearner,
            "isolation forest, on healthy examples, calibrated",
            "skops",
            "complete",
            weighted=False,
            calibrated=True,
        ),
        "logistic_regression": Entry(
            LogisticSettings, ScikitLearner, "logistic regression", "skops", "scaled"
        ),
        "adaboost": Entry(
            AdaBoostSettings, ScikitLearner, "AdaBoost", "skops", "complete", calibrated=True
        ),
        "gaussian_nb": Entry(
            NaiveBayesSettings,
            ScikitLearner,
            "Gaussian naive Bayes",
            "skops",
            "scaled",
            calibrated=True,
        ),
        "voting": Entry(
            CommitteeSettings,
            lambda settings: Voting(settings, CLASSIFIERS),
            "soft voting",
            "folders of its members",
            weighted=False,
        ),
        "stacking": Entry(
            StackingSettings,
            lambda settings: Stacking(settings, CLASSIFIERS),
            "stacking, folds by machine",
            "folders of its members, skops",
            weighted=False,
        ),
    }
)
REGRESSORS: Mapping[str, Entry] = MappingProxyType(BOTH)
