from matts.detect.combined import CombinedDetector, CombinedSettings
from matts.detect.isolation_forest import IsolationForestDetector, IsolationForestSettings
from matts.detect.pca import PcaDetector
from matts.domain import Detector
from matts.evaluate.cost import count_numbers
from matts.windows import Split


def test_equal_forests_cost_the_same_and_more_trees_cost_more(split: Split) -> None:
    def cost(trees: int) -> tuple[int, int]:
        settings = IsolationForestSettings(trees=trees)
        return count_numbers(IsolationForestDetector(settings).fit(split.train, split.validation))

    assert cost(20) == cost(20)
    assert cost(40)[0] > 1.8 * cost(20)[0]


def test_a_mixture_costs_the_trees_of_its_parts(split: Split) -> None:
    forest = IsolationForestDetector(IsolationForestSettings(trees=20))
    parts: dict[str, Detector] = {
        "pca/0": PcaDetector().fit(split.train, split.validation),
        "isolation_forest/0": forest.fit(split.train, split.validation),
    }
    mixture = CombinedDetector(CombinedSettings(how="mean")).mix(parts, split.validation)
    assert mixture.parts.keys() == parts.keys()
    assert mixture.in_trees == forest.in_trees > 0
    assert count_numbers(mixture)[0] > forest.in_trees
