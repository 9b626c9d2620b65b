"""Fitted models in folders: model.json beside native files or skops, and no pickle."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from matts.domain import BadInputError, Ints
from matts.files import replacing
from matts.tabular.fitting import Entry, Fitted, ModelSettings
from matts.tabular.preparation import Preparation
from matts.tabular.weighing import Calibrator

FILE = "model.json"


def save_fitted(fitted: Fitted, about: dict[str, Any], folder: Path) -> None:
    """Write a model; model.json comes last, so a folder that has one is whole.

    A model that lay there is taken away first; what else lies there is left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    others = _files(folder)
    if fitted.learner is not None:
        fitted.learner.save(folder)
    calibrator = None if fitted.calibrator is None else fitted.calibrator.as_json()
    found = {
        **about,
        "names": fitted.names,
        "classes": fitted.classes,
        "present": fitted.present.tolist(),
        "usual": fitted.usual.tolist(),
        "learnt": fitted.learner is not None,
        "weights": None if fitted.weights is None else fitted.weights.tolist(),
        "preparation": fitted.preparation.as_json(),
        "calibrator": calibrator,
        "files": _digests(folder, _files(folder) - others),
    }
    with replacing(folder / FILE) as path:
        path.write_text(json.dumps(sealed(found), indent=1))


def read_about(folder: Path) -> dict[str, Any]:
    """What model.json says; files that are not those that were saved are refused."""
    if not (folder / FILE).is_file():
        msg = f"a model is a folder with a {FILE}, got {folder.name} without one"
        raise BadInputError(msg)
    about = _unsealed((folder / FILE).read_bytes())
    now, saved = _digests(folder, about["files"]), about["files"]
    changed = [name for name, digest in saved.items() if now.get(name) != digest]
    if changed:
        msg = f"a model needs the files that were saved, got another or no {', '.join(changed)}"
        raise BadInputError(msg)
    return about


def load_fitted(entry: Entry, settings: ModelSettings, folder: Path) -> Fitted:
    """Rebuild a model; nothing is fitted again."""
    about = read_about(folder)
    learner = entry.learner(settings).load(folder) if about["learnt"] else None
    return Fitted(
        tuple(about["names"]),
        tuple(about["classes"]),
        _ints(about["present"]),
        np.asarray(about["usual"]),
        Preparation.from_json(about["preparation"]),
        learner,
        None if about["weights"] is None else np.asarray(about["weights"]),
        None if about["calibrator"] is None else Calibrator.from_json(about["calibrator"]),
    )


def _ints(numbers: list[int]) -> Ints:
    return np.asarray(numbers, np.int64)


def sealed(about: dict[str, Any]) -> dict[str, Any]:
    """The same with a digest of it: what was written half, or changed by hand, is found."""
    return {**about, "seal": hashlib.sha256(json.dumps(about).encode()).hexdigest()}


def _unsealed(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
        about = {name: each for name, each in found.items() if name != "seal"}
    except (ValueError, AttributeError):
        found, about = None, {}
    if found is None or found != sealed(about):
        msg = f"a model needs the files that were saved, got another {FILE}"
        raise BadInputError(msg)
    return about


def _clear(folder: Path) -> None:
    """Take away the files of a model that was saved there, model.json first."""
    if not (folder / FILE).is_file():
        return
    try:
        names = {*_unsealed((folder / FILE).read_bytes())["files"]}
    except BadInputError:  # a damaged one: who knows what is its own
        names = set()
    (folder / FILE).unlink()
    for name in names & _files(folder):
        (folder / name).unlink()


def _files(folder: Path) -> set[str]:
    """The names of the files in a folder; members have folders of their own."""
    return {path.name for path in folder.iterdir() if path.is_file()}


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of those of these files that are there."""
    there = sorted({*names} & _files(folder))
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in there}
