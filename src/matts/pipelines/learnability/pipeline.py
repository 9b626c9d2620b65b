"""diagnosers, scores, diagnoses, train_windows -> learnt."""

from kedro.pipeline import Node, Pipeline

from matts.pipelines.learnability import nodes


def create_pipeline() -> Pipeline:
    """Wire the stage."""
    return Pipeline(
        [
            Node(
                nodes.diagnose_by_chance,
                inputs=[
                    "diagnosers",
                    "baseline_diagnosers",
                    "diagnoses",
                    "train_windows",
                    "validation_windows",
                    "test_windows",
                ],
                outputs="diagnosed_by_chance",
            ),
            Node(
                nodes.judge_learnability,
                inputs=[
                    "scores",
                    "diagnoses",
                    "calibration",
                    "baseline_calibration",
                    "diagnosed_by_chance",
                    "train_windows",
                ],
                outputs="learnt",
            ),
        ],
        tags="learnability",
    )
