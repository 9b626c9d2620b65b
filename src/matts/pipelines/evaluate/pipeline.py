"""models, windows -> scores, diagnoses, costs -> results."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.evaluate import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    stages = [*_scoring(), *_costing(), *_asking(), *_rating(), *_judging()]
    return Pipeline(stages, tags="evaluate")


def _scoring() -> list[Node]:
    """From models and windows to what they say of them."""
    return [
        Node(
            nodes.score,
            inputs=["detectors", "baselines", "validation_windows", "test_windows"],
            outputs="scores",
        ),
        Node(
            nodes.diagnose,
            inputs=["diagnosers", "baseline_diagnosers", "validation_windows", "test_windows"],
            outputs="diagnoses",
        ),
    ]


def _costing() -> list[Node]:
    """From models and windows to what each costs."""
    return [
        Node(
            nodes.pick_seeds,
            inputs=[
                "detectors",
                "baselines",
                "detector_seconds",
                "baseline_seconds",
                "calibration",
                "baseline_calibration",
            ],
            outputs=["best_detectors", "best_seconds"],
        ),
        Node(
            nodes.measure_cost,
            inputs=["best_detectors", "test_windows", "best_seconds"],
            outputs="costs",
        ),
    ]


def _judging() -> list[Node]:
    """From scores, diagnoses and costs to the results."""
    return [
        Node(
            nodes.judge_all,
            inputs=[
                "scores",
                "diagnoses",
                "calibration",
                "baseline_calibration",
                "costs",
                "params:evaluate",
            ],
            outputs="judgement",
        ),
        Node(
            nodes.gather,
            inputs=[
                "promises",
                "alarm_rates",
                "judged_causes",
                "learnt",
                "judged_life",
                "left_out",
            ],
            outputs="findings",
        ),
        Node(
            nodes.sign,
            inputs=["judgement", "findings", "parameters", "data_source", "split"],
            outputs="results",
        ),
    ]


def _asking() -> list[Node]:
    """From the deployed detector to what its thresholds keep, and whom its alerts blame."""
    return [
        Node(
            nodes.promise,
            inputs=[
                "detectors",
                "calibration",
                "train_windows",
                "validation_windows",
                "test_windows",
                "params:threshold",
            ],
            outputs="promises",
        ),
        Node(
            nodes.judge_causes,
            inputs=[
                "explainers",
                "scores",
                "calibration",
                "test_windows",
                "episodes",
                "params:sensors",
            ],
            outputs="judged_causes",
        ),
    ]


def _rating() -> list[Node]:
    """From scores to what operators hear of them."""
    return [
        Node(
            nodes.rate_alarms,
            inputs=[
                "scores",
                "calibration",
                "baseline_calibration",
                "quality",
                "params:serve",
            ],
            outputs="alarm_rates",
        ),
    ]
