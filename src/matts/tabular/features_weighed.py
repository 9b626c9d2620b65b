"""What the best models look at, task by task."""

from collections.abc import Mapping

import pandas as pd
from tqdm import tqdm

from matts.tabular.importance import importance_of
from matts.tabular.model import TabularModel
from matts.tabular.study import Study


def weigh_features(study: Study, models: Mapping[str, TabularModel], seed: int) -> pd.DataFrame:
    """The importance of features to models [task -> model] that the first fold's training made.

    They are asked about the rows that this fold tests, which they have not seen.
    """
    found = [
        importance_of(
            model,
            study.features,
            study.subjects[key].examples,
            study.subjects[key].folds[0].test,
            study.rows,
            seed,
        )
        for key, model in tqdm(models.items(), desc="importance", disable=None, leave=False)
    ]
    return pd.concat(found, ignore_index=True)
