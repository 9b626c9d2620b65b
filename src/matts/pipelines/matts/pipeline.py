"""readings -> windows -> models -> baselines -> causes -> events -> evaluation -> report, live."""

from kedro.pipeline import Pipeline

from matts.pipelines import (
    baselines,
    causes,
    evaluate,
    events,
    ingest,
    learnability,
    life,
    profile,
    report,
    train_detector,
    train_diagnoser,
    windowing,
)

STAGES = (
    ingest,
    windowing,
    train_detector,
    train_diagnoser,
    baselines,
    causes,
    events,
    learnability,
    evaluate,
    report,
    life,
    profile,
)


def create_pipeline() -> Pipeline:
    """Sum the stages."""
    return sum((stage.create_pipeline() for stage in STAGES), Pipeline([]))
