"""raw_readings -> readings -> study -> predictions -> verdicts -> results, models, page, plots."""

from kedro.pipeline import Node, Pipeline

from matts.evaluate.tabular_views import CHARTS
from matts.pictures import render_nodes
from matts.pipelines import ingest
from matts.pipelines.tabular import nodes

STUDY, SETTINGS, WORKERS = "tabular_study", "params:tabular", "params:workers"
SAID, VERDICTS = "tabular_said", "tabular_verdicts"


def create_pipeline() -> Pipeline:
    """Wire the stage, behind readings of its own."""
    stage = Pipeline([*_asking(), *_judging(), *_telling(), *_drawing()], tags="tabular")
    return ingest.create_pipeline() + stage


def _asking() -> list[Node]:
    """From readings to what models say of them."""
    return [
        Node(
            nodes.open_study,
            inputs=["readings", "params:sensors", SETTINGS],
            outputs=STUDY,
            name="open_tabular_study",
        ),
        Node(
            nodes.ask,
            inputs=[STUDY, SETTINGS, WORKERS],
            outputs=SAID,
            name="ask_tabular_models",
        ),
    ]


def _judging() -> list[Node]:
    """What that is worth, and the models that are kept."""
    return [
        Node(
            nodes.judge,
            inputs=[STUDY, SAID, SETTINGS, WORKERS],
            outputs=VERDICTS,
            name="judge_tabular",
        ),
        Node(
            nodes.fit_best,
            inputs=[STUDY, VERDICTS, SETTINGS, WORKERS],
            outputs=["tabular_best_models", "tabular_first_models"],
            name="fit_best_tabular",
        ),
        Node(
            nodes.describe,
            inputs=[STUDY, "tabular_best_models", "params:source", "params:sensors", SETTINGS],
            outputs="tabular_models",
            name="describe_tabular_models",
        ),
    ]


def _telling() -> list[Node]:
    """Tables, and a page."""
    return [
        Node(
            nodes.tabulate,
            inputs=[STUDY, SAID, VERDICTS],
            outputs=[
                "tabular_results",
                "tabular_predictions",
                "tabular_best_answers",
                "tabular_figures",
            ],
            name="tabulate_tabular",
        ),
        Node(
            nodes.sum_up,
            inputs=[STUDY, SAID, VERDICTS, "data_source", "params:dataset", SETTINGS],
            outputs="tabular_summary",
            name="sum_up_tabular",
        ),
        Node(
            nodes.explain_labels,
            inputs=STUDY,
            outputs="tabular_labels",
            name="explain_tabular_labels",
        ),
        Node(
            nodes.write,
            inputs=["tabular_summary", "tabular_results", "tabular_labels"],
            outputs="tabular_page",
            name="write_tabular",
        ),
    ]


def _drawing() -> list[Node]:
    """What the best models look at, and every picture."""
    return [
        Node(
            nodes.weigh,
            inputs=[STUDY, "tabular_first_models", SETTINGS],
            outputs="tabular_importances",
            name="weigh_tabular_features",
        ),
        Node(
            nodes.draw,
            inputs=[
                STUDY,
                "tabular_figures",
                "tabular_best_answers",
                "tabular_importances",
                "tabular_summary",
            ],
            outputs=[*CHARTS],
            name="draw_tabular",
        ),
        *render_nodes(CHARTS),
    ]
