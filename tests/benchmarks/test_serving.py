"""The figures of the service are measured on a real one."""

from benchmarks.serving import measure
from tests.plants import trained


def test_every_figure_is_measured() -> None:
    lines = measure(trained("raw", {}).deployment, 5, 0.5, 3)
    assert len(lines) == 4
    assert "with 5 clients" in lines[0]
    assert "readings a second" in lines[1]
    assert lines[2].startswith("1,000 mills")
    assert "p95" in lines[3]
