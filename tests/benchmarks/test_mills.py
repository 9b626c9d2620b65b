import numpy as np
import pytest

from benchmarks.mills import HARDER, PARTS, Setting, cell, main, settings_of, unlabelled
from matts.evaluate.detection import Metrics
from matts.windows import Split


def test_every_mill_is_judged_as_it_is_and_without_each_part() -> None:
    found = settings_of([4, 6], ["order", "mode"], harder=True)
    titles = ["set 4", "set 4, no order", "set 4, no mode", "set 6", "set 6, no order"]
    assert [each.title for each in found][:5] == titles
    assert found[-3].values == HARDER


def test_each_part_of_what_is_known_can_be_taken_away() -> None:
    whole = Setting("set 6", {"dataset": 6}).known
    order, mode, component, labels = (Setting("set 6", {}, part).known for part in PARTS)
    assert [*order.groups] == [*whole.mode] == [*order.mode]
    assert order.component == whole.component
    assert (mode.mode, mode.groups) == ((), whole.groups)
    assert (component.component, component.groups) == (None, whole.groups)
    assert labels == whole


def test_without_labels_every_reading_is_healthy(split: Split) -> None:
    assert split.train.faulty.any()
    assert not unlabelled(split.train).faulty.any()
    np.testing.assert_array_equal(unlabelled(split.train).rows, split.train.rows)


def test_a_cell_has_the_median_and_both_ends() -> None:
    found: list[Metrics] = [{"pr_auc": value} for value in (0.5, 0.9, 0.6)]
    assert cell("PR-AUC", found) == "0.600 (0.500 to 0.900)"
    assert cell("macro F1", [{"f1_macro": None}]) == "-"


@pytest.mark.slow
def test_the_table_has_a_row_a_way_to_find_faults(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--sets", "6", "--seeds", "1", "--coils", "3000", "--without", *PARTS])
    rows = [line.split("|")[1:] for line in capsys.readouterr().out.splitlines()[2:]]
    names = [(row[0].strip(), row[1].strip()) for row in rows]
    assert names[:3] == [("set 6", way) for way in ("label-free", "supervised", "PCA, logistic")]
    assert names[-1] == ("set 6, no labels", "label-free")
    quality = {name: float(row[2].split()[0]) for name, row in zip(names, rows, strict=True)}
    assert quality["set 6", "label-free"] > quality["set 6", "PCA, logistic"]
    assert quality["set 6", "supervised"] > quality["set 6, no component", "supervised"]
