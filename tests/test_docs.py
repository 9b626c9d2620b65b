"""What the docs name exists: commands, paths, settings, decisions; their code blocks can be run."""

import ast
import importlib
import logging
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from matts.cli import split_params
from matts.config import check_parameters

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("notebooks/*.py")])
DECISIONS = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))
TOP = ("src", "conf", "docs", "tests", "notebooks", "benchmarks", ".ci")  # folders that git keeps
WRITTEN = {"conf/base/parameters/dataset_pump.yml", "conf/local/mlflow.yml"}  # by the reader
COMMAND = re.compile(r"kedro run [^`\n]*")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
each_decision = pytest.mark.parametrize("decision", DECISIONS, ids=lambda page: page.name)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def base_parameters() -> Any:
    return OmegaConf.create(
        (ROOT / "conf/base/parameters.yml").read_text().replace("${globals:default_dataset}", "6")
    )


@each_page
def test_every_make_target_exists(page: Path) -> None:
    code = re.findall(r"`make ([a-z-]+)|^    make ([a-z-]+)", page.read_text(), re.MULTILINE)
    assert {first or second for first, second in code} <= targets()


@each_page
def test_every_path_exists(page: Path) -> None:
    pattern = rf"(?<![\w./-])(?:{'|'.join(map(re.escape, TOP))})/[\w./-]*\w"
    named = set(re.findall(pattern, page.read_text())) - WRITTEN
    missing = [path for path in sorted(named) if not (ROOT / path).exists()]
    assert not [path for path in missing if not is_pattern(path)]


def is_pattern(path: str) -> bool:
    """`detect/x.py` and `dataset_<name>.yml` stand for what somebody will write."""
    return bool(re.search(r"/x(\.|/|$)|dataset_(x\.yml)?$", path))


@each_page
def test_every_pipeline_and_setting_exists(page: Path) -> None:
    known = {path.name for path in (ROOT / "src/matts/pipelines").iterdir() if path.is_dir()}
    for command in COMMAND.findall(page.read_text()):
        pipelines = re.findall(r"--(?:pipeline|tags) ([\w,]+)", command)
        assert set(",".join(pipelines).split(",")) <= known | {""}
        for setting in re.findall(r"--params (\S+)", command):
            check_settings(setting)


@pytest.mark.parametrize(
    "setting", re.findall(r"^\| `(\S+)`", (ROOT / "docs/how-to/settings.md").read_text(), re.M)
)
def test_every_setting_in_the_list_is_accepted(setting: str) -> None:
    check_settings(setting)


def check_settings(setting: str) -> None:
    """Build the whole parameter tree with what the docs say to type."""
    typed = [
        part for part in split_params(setting.strip("'")) if "<" not in part and "…" not in part
    ]
    named = str(OmegaConf.from_dotlist(typed).get("dataset", 6))
    known = ROOT / f"conf/base/parameters/dataset_{named}.yml"  # or one that the reader writes
    preset = OmegaConf.load(known if known.exists() else known.with_name("dataset_6.yml"))
    tree = OmegaConf.merge(base_parameters(), preset, OmegaConf.from_dotlist(typed))
    check_parameters(OmegaConf.to_container(tree))


@each_page
def test_parameter_files_in_the_text_are_accepted(page: Path) -> None:
    for block in blocks(page, "yaml"):
        tree = OmegaConf.merge(base_parameters(), yaml.safe_load(block))
        check_parameters(OmegaConf.to_container(tree))


@each_page
def test_python_in_the_text_imports_what_exists(page: Path) -> None:
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module:
                module = importlib.import_module(node.module)
                assert all(hasattr(module, name.name) for name in node.names)


def test_the_example_of_a_known_machine_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = ROOT / "docs/how-to/known-machine.md"
    settings = tmp_path / "conf/base/parameters/dataset_pump.yml"
    for folder in (settings.parent, tmp_path / "data/01_raw"):
        folder.mkdir(parents=True)
    settings.write_text(blocks(page, "yaml")[0])
    example = tmp_path / "example.py"
    example.write_text("".join(blocks(page, "python")))
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example))
    assert capsys.readouterr().out == blocks(page, "text")[0]


@pytest.mark.parametrize(
    "page",
    [
        "docs/reference/smart-factory-api.md",
        pytest.param("docs/explanation/smart-factory.md", marks=pytest.mark.slow),
        pytest.param("docs/explanation/labels-explained.md", marks=pytest.mark.slow),
    ],
)
def test_the_example_of_a_page_prints_what_it_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = tmp_path / "example.py"
    example.write_text(blocks(ROOT / page, "python")[0])
    monkeypatch.chdir(tmp_path)
    before = logging.getLogger("matts").level
    runpy.run_path(str(example))
    logging.getLogger("matts").setLevel(before)
    assert capsys.readouterr().out == blocks(ROOT / page, "text")[0]


@each_page
def test_links_outside_the_site_lead_somewhere(page: Path) -> None:
    if page.parent != ROOT:
        return  # mkdocs checks those
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert not [link for link in links if not (ROOT / link).exists()]


def test_no_decision_has_anothers_number() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]


@each_decision
def test_every_decision_is_listed(decision: Path) -> None:
    number, name = decision.name[:4], decision.name
    assert f"| {number} |" in (ROOT / "docs/decisions/index.md").read_text()
    assert f"]({name})" in (ROOT / "docs/decisions/index.md").read_text()
    assert f"decisions/{name}" in (ROOT / "mkdocs.yml").read_text()


@each_decision
def test_every_decision_has_its_parts(decision: Path) -> None:
    text = decision.read_text()
    assert text.startswith(f"# {decision.name[:4]} ")
    parts = ["## Context", "## Decision", "## Evidence", "## Consequences"]
    assert re.findall(r"^## .*$", text, re.MULTILINE) == parts


def test_the_readme_fits_on_few_pages() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


@pytest.mark.parametrize("picture", sorted(ROOT.glob("docs/images/*")), ids=lambda path: path.name)
def test_pictures_are_small_and_shown(picture: Path) -> None:
    assert picture.stat().st_size < 150_000
    assert any(f"images/{picture.name}" in page.read_text() for page in PAGES)
