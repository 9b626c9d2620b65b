from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import ClickException
from kedro.io import DatasetError

from matts import settings
from matts.cli import one_sentence
from matts.config import (
    DatasetConfigLoader,
    Parameters,
    ParametersOfDatasets,
    check_parameters,
)
from matts.domain import BadInputError
from matts.simulate.tandem_mill import MillSettings

Load = Callable[..., DatasetConfigLoader]


@pytest.fixture
def load(project: Path) -> Load:
    """The loader of a copy of the project, as `kedro run --env … --params …` makes it."""

    def load(env: str | None = None, **params: Any) -> DatasetConfigLoader:
        arguments: dict[str, Any] = settings.CONFIG_LOADER_ARGS
        return DatasetConfigLoader(str(project / "conf"), env, params, **arguments)

    return load


@pytest.mark.parametrize(
    ("dataset", "hidden", "rate", "anomaly", "fault"),
    [(4, 16, 5e-4, 5, 10), (5, 32, 1e-4, 5, 15), (6, 16, 5e-4, 10, 15)],
)
def test_the_published_settings_of_each_dataset(
    load: Load, dataset: int, hidden: int, rate: float, anomaly: int, fault: int
) -> None:
    found = check_parameters(load(dataset=dataset)["parameters"])
    weights = found.detector.weights
    assert (found.dataset, found.detector.hidden) == (dataset, hidden)
    assert (weights.reconstruction, weights.anomaly, weights.fault) == (1, anomaly, fault)
    training = found.training
    assert (training.learning_rate, training.batch_size, training.clip) == (rate, 4, 1.0)
    assert (training.epochs, training.patience) == (1000, 10)
    assert (found.threshold.method, found.threshold.value) == ("fixed", 0.5)
    assert found.source.path == f"data/01_raw/tcm5_dataset_{dataset}.csv"
    assert isinstance(found.source.simulate, MillSettings)
    assert found.source.simulate.dataset == dataset


def test_the_default_dataset_is_six(load: Load) -> None:
    assert load()["parameters"] == load(dataset=6)["parameters"]


@pytest.mark.parametrize("dataset", [4, 5, 6])
def test_the_smoke_settings_fit_every_dataset(load: Load, dataset: int) -> None:
    simulate = check_parameters(load("test", dataset=dataset)["parameters"]).source.simulate
    assert isinstance(simulate, MillSettings)
    assert (simulate.dataset, simulate.coils) == (dataset, 4000)


def test_what_is_said_last_counts(load: Load, project: Path) -> None:
    """base, base of the dataset, environment, environment of the dataset, --params."""
    local = project / "conf/local"
    (local / "parameters").mkdir()
    (local / "parameters.yml").write_text(
        "training: {learning_rate: 0.3, epochs: 3, batch_size: 3}\n"
    )
    (local / "parameters/dataset_6.yml").write_text("training: {epochs: 4, batch_size: 4}\n")
    found = load(training={"batch_size": 5})["parameters"]["training"]
    assert found["patience"] == 10
    assert (found["learning_rate"], found["epochs"], found["batch_size"]) == (0.3, 4, 5)
    assert load(dataset=5)["parameters"]["training"]["epochs"] == 3


def test_a_param_leaves_its_neighbours_alone(load: Load, project: Path) -> None:
    (project / "conf/local/parameters.yml").write_text("training: {epochs: 7}")
    found = load(training={"schedule": {"every": 3}})["parameters"]["training"]
    assert (found["schedule"]["every"], found["schedule"]["kind"]) == (3, "none")
    assert (found["epochs"], found["learning_rate"]) == (7, 5e-4)


def test_several_datasets_have_the_parameters_of_their_own_runs(load: Load, project: Path) -> None:
    (project / "conf/local/parameters.yml").write_text("training: {epochs: 7}")
    loader = load(dataset=6, training={"batch_size": 3})
    made = {"configuration": loader._configuration(), "sources": {"skab": "there"}}
    found = ParametersOfDatasets(**made, datasets=[5, "skab"]).load()
    assert list(found) == ["5", "skab"]
    assert found["5"] == load(dataset=5, training={"batch_size": 3})["parameters"]
    assert found["5"]["training"]["epochs"] == 7
    assert found["skab"]["source"]["path"] == "there"
    assert found["skab"]["source"]["asset"] == {"file": "name"}
    assert loader["parameters"]["dataset"] == 6
    with pytest.raises(DatasetError, match="there is no dataset 'skub'"):
        ParametersOfDatasets(**made, datasets=["skub"]).load()


ALLOWED = "batch_size, clip, device, engine, epochs, .*weight_decay"
WRONG = {
    "an unknown dataset": ({"dataset": 9}, "no dataset '9': choose one of 4, 5, 6"),
    "a path as dataset": ({"dataset": "../6"}, r"no dataset '\.\./6': choose one of 4, 5, 6"),
    "a stage": (
        {"trainig": {"epochs": 3}},
        "trainig: did you mean training.*: baselines, causes, dataset",
    ),
    "a key": ({"training": {"epoch": 3}}, rf"training\.epoch: did you mean epochs.*{ALLOWED}"),
    "a strange key": ({"training": {"zzz": 3}}, rf"training\.zzz: allowed here: {ALLOWED}"),
    "two levels down": (
        {"detector": {"weights": {"anomoly": 3}}},
        "detector.weights.anomoly: did you mean anomaly.*allowed here: anomaly, fault, recons",
    ),
    "below what may be missing": (
        {"source": {"simulate": {"colis": 500}}},
        r"source\.simulate\.colis: did you mean coils\?.*coils, dataset, faults",
    ),
    "of another machine": (
        {"source": {"simulate": {"machine": "turbofan", "coils": 500}}},
        r"source\.simulate\.coils: .*cut, event, healthy, life",
    ),
    "a machine": (
        {"source": {"simulate": {"machine": "pump"}}},
        r"source\.simulate: .*'pump'.*'tandem_mill', 'turbofan', 'smart_factory'",
    ),
    "of one kind of labels": (
        {"source": {"labels": {"kind": "class", "colum": "x"}}},
        r"source\.labels\.colum: did you mean column\?.*: column, healthy, kind",
    ),
    "in a list": (
        {"source": {"parts": [{"part": "test", "were": {}}]}},
        r"source\.parts\.0\.were: did you mean where\?.*: part, where",
    ),
    "below a name of one's own": (
        {"sensors": {"groups": {"product": {"likes": "x"}}}},
        r"sensors\.groups\.product\.likes: did you mean like\?.*: after, given, like",
    ),
    "of a baseline": (
        {"baselines": {"detectors": {"pca": {"varance": 0.9}}}},
        r"detectors\.pca\.varance cannot be 0\.9 .*allowed there: .*variance",
    ),
    "a baseline": (
        {"baselines": {"detectors": {"pcaa": {}}}},
        "no detector 'pcaa': choose from .*pca, isolation_forest",
    ),
    "a method of blame": (
        {"causes": {"method": "guess"}},
        "causes.method: there is no method 'guess'",
    ),
    "a detector to ask that is not fitted": (
        {"causes": {"compare": ["error:nothing"]}},
        "causes: detector nothing is not fitted, .*: matts, .*, random, .*, kalman, .* are",
    ),
    "too low": ({"training": {"epochs": -1}}, "training.epochs: .*greater .* equal to 0, got -1"),
    "too high": ({"windows": {"length": 10**6}}, "windows.length: .* equal to 10000, got 1000000"),
    "no number": ({"training": {"learning_rate": float("nan")}}, "learning_rate: .*, got nan"),
    "a wrong type": ({"training": {"epochs": "many"}}, "epochs: .*valid integer.*, got 'many'"),
    "a value for a tree": ({"training": 5}, rf"training needs keys below it \({ALLOWED}\), got 5"),
    "a wrong choice": ({"windows": {"label": "lst"}}, "label: .*'last' or 'any', got 'lst'"),
    "a wrong path": ({"input": 5}, "parameter input: .*valid string, got 5"),
    "shares": ({"windows": {"split": {"train": 0.5}}}, r"windows.split: .*add up to 1, got 0\.8"),
}


@pytest.mark.parametrize(("params", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named_with_what_is_allowed(
    load: Load, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInputError, match=message) as raised:
        load(**params)["parameters"]
    assert "\n" not in str(raised.value)


def test_several_mistakes_are_told_together(load: Load) -> None:
    with pytest.raises(BadInputError, match=r"epochs.*; .*widows: did you mean windows"):
        load(training={"epochs": -1}, widows={})["parameters"]


def test_a_mistake_in_a_file_is_found_too(load: Load, project: Path) -> None:
    (project / "conf/local/parameters.yml").write_text("threshold: {methd: fixed}")
    with pytest.raises(BadInputError, match=r"threshold\.methd: did you mean method"):
        load()["parameters"]


def test_the_catalog_follows_the_dataset_and_the_input(load: Load) -> None:
    catalog = load(dataset=4, input="mine.csv")["catalog"]
    assert catalog["raw_readings"]["source"]["path"] == "data/01_raw/tcm5_dataset_4.csv"
    assert catalog["input_file"]["filepath"] == "mine.csv"
    assert catalog["detectors"]["filepath"] == "data/06_models/4/detectors.safetensors"


def test_two_sessions_in_one_process_keep_their_own_input(load: Load) -> None:
    first, second = load(input="first.csv"), load(input="second.csv", dataset=5)
    files = [each["catalog"]["input_file"]["filepath"] for each in (second, first)]
    assert files == ["second.csv", "first.csv"]
    assert first["catalog"]["raw_readings"]["source"]["path"].endswith("tcm5_dataset_6.csv")


def test_a_smoke_run_keeps_to_its_own_folder(load: Load) -> None:
    loader = load("test")
    files = [
        entry["filepath"]
        for name, entry in loader["catalog"].items()
        if "filepath" in entry and name != "input_file"
    ]
    assert all(path.startswith("data/smoke/") for path in files)
    assert loader["mlflow"]["tracking_uri"] == "sqlite:///data/smoke/mlflow.db"


def test_parameters_set_by_hand_are_taken_as_they_are(load: Load) -> None:
    loader = load()
    loader["parameters"] = {"dataset": 6}
    assert loader["parameters"] == {"dataset": 6}


def test_every_stage_has_its_key(load: Load) -> None:
    assert load()["parameters"].keys() == Parameters.model_fields.keys()


def test_a_list_for_a_tree_is_told_in_one_sentence(load: Load) -> None:
    with pytest.raises(ClickException, match="Cannot merge"), one_sentence(verbose=False):
        load(sensors={"groups": ["product"]})["parameters"]
