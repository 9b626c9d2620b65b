"""One graph as bytes in three forms: ONNX, torch.export (.pt2) and TorchScript (.ts).

Each file holds the card, and no path of the machine that wrote it. matts reads none of the torch
forms; TorchScript has a pickle of tensors inside, the others have none.
"""

import io
import json
import logging
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch.export import Dim, ExportedProgram

from matts import __version__
from matts.domain import BadInputError, Diagnoser
from matts.export.card import Card
from matts.export.graph import Graph, graph_of

INPUT, BATCH = "readings", "windows"
CARD = "card.json"  # the extra file of the torch forms
TRACES = ("stack_trace", "nn_module_stack", "source_fn_stack", "torch_fn", "from_node")


class Forms(NamedTuple):
    """The bytes of each file."""

    onnx: bytes
    pt2: bytes
    ts: bytes


def to_forms(graph: Graph, card: Card) -> Forms:
    """Export a graph for any number of windows."""
    onnx = _import_onnx()
    with _quietly():
        program = _program(graph, card)
        return Forms(
            _to_onnx(onnx, program, graph, card), _to_pt2(program, card), _to_ts(graph, card)
        )


def forms_of(diagnoser: Diagnoser | None, cards: Mapping[str, Card]) -> Forms:
    """The diagnoser in each form; without one each is empty."""
    return to_forms(graph_of(diagnoser), cards["diagnoser"]) if diagnoser else Forms(b"", b"", b"")


def _import_onnx() -> Any:
    """The package, and the one that torch writes ONNX with."""
    try:
        import onnx  # noqa: PLC0415
        import onnxscript  # noqa: F401, PLC0415
    except ImportError as error:
        msg = f"{error.name} is needed, and it is not installed: pip install 'matts[export]'"
        raise BadInputError(msg) from None
    return onnx


@contextmanager
def _quietly() -> Iterator[None]:
    """Without what torch says here of its own insides: old ways, packages that nobody needs."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _example(card: Card) -> torch.Tensor:
    """Two windows; what is in them does not matter."""
    return torch.zeros(2, card["window"], len(card["sensors"]), dtype=torch.float64)


def _program(graph: Graph, card: Card) -> ExportedProgram:
    """The graph as torch keeps it, without the paths of the source that it came from."""
    program = torch.export.export(graph, (_example(card),), dynamic_shapes=({0: Dim(BATCH)},))
    for node in program.graph.nodes:
        for name in TRACES:
            node.meta.pop(name, None)
    program.example_inputs = None
    return program


def _to_onnx(onnx: Any, program: ExportedProgram, graph: Graph, card: Card) -> bytes:
    """An ONNX file with the card in its metadata, each value as JSON."""
    written: Any = torch.onnx.export(
        program, dynamo=True, verbose=False, input_names=[INPUT], output_names=graph.outputs
    )
    model = written.model_proto
    _strip(model)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    model.producer_name, model.producer_version = "matts", __version__
    onnx.helper.set_model_props(model, _as_text(card))
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _strip(model: Any) -> None:
    """Take out where in the source each part came from."""
    graph = model.graph
    parts = (graph.node, graph.input, graph.output, graph.value_info, graph.initializer)
    for item in (model, graph, *(item for part in parts for item in part)):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    graph.ClearField("value_info")


def _as_text(card: Mapping[str, Any]) -> dict[str, str]:
    """Each value as JSON, for metadata holds text alone.

    >>> _as_text({"window": 5, "stage": "detector"})
    {'window': '5', 'stage': '"detector"'}
    """
    return {name: json.dumps(value, allow_nan=False) for name, value in card.items()}


def _to_pt2(program: ExportedProgram, card: Card) -> bytes:
    """The successor of TorchScript; its graph is JSON, its weights are plain bytes."""
    buffer = io.BytesIO()
    torch.export.save(program, buffer, extra_files={CARD: json.dumps(card)})
    return buffer.getvalue()


def _to_ts(graph: Graph, card: Card) -> bytes:
    """TorchScript, for programs that know no other form; torch calls it deprecated."""
    buffer = io.BytesIO()
    traced = torch.jit.trace(graph, (_example(card),), check_trace=False)  # type: ignore[no-untyped-call]
    torch.jit.save(traced, buffer, _extra_files={CARD: json.dumps(card)})
    return _without_debug_files(buffer)


def _without_debug_files(archive: io.BytesIO) -> bytes:
    """The same archive without the paths of the source that it came from."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if not name.endswith(".debug_pkl"):
                new.writestr(zipfile.ZipInfo(name), old.read(name))
    return buffer.getvalue()
