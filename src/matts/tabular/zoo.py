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
    "random_forest": Entry(RandomForestSettings, ScikitLearner, "random forest"),
    "xgboost": Entry(XGBoostSettings, XGBoostLearner, "XGBoost", stops_early=True),
    "lightgbm": Entry(LightGBMSettings, LightGBMLearner, "LightGBM", stops_early=True),
    "catboost": Entry(CatBoostSettings, CatBoostLearner, "CatBoost", stops_early=True),
    "gradient_boosting": Entry(
        GradientBoostingSettings,
        ScikitLearner,
        "gradient boosting, exact splits, on a part of the examples",
        "complete",
    ),
    "extra_trees": Entry(ExtraTreesSettings, ScikitLearner, "extra trees"),
    "hist_gradient_boosting": Entry(
        HistGradientBoostingSettings,
        HistLearner,
        "gradient boosting, its histogram form, on all examples",
        "complete",
        stops_early=True,
    ),
    "hybrid": Entry(
        HybridSettings,
        HybridLearner,
        "LSTM and XGBoost, weighed by a meta-learner; no failure types",
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
            "complete",
            weighted=False,
            calibrated=True,
        ),
        "logistic_regression": Entry(
            LogisticSettings, ScikitLearner, "logistic regression", "scaled"
        ),
        "adaboost": Entry(AdaBoostSettings, ScikitLearner, "AdaBoost", "complete", calibrated=True),
        "gaussian_nb": Entry(
            NaiveBayesSettings,
            ScikitLearner,
            "Gaussian naive Bayes",
            "scaled",
            calibrated=True,
        ),
        "voting": Entry(
            CommitteeSettings,
            lambda settings: Voting(settings, CLASSIFIERS),
            "soft voting",
            weighted=False,
        ),
        "stacking": Entry(
            StackingSettings,
            lambda settings: Stacking(settings, CLASSIFIERS),
            "stacking, folds by machine",
            weighted=False,
        ),
    }
)
REGRESSORS: Mapping[str, Entry] = MappingProxyType(BOTH)
