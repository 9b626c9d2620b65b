import re
import runpy
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs/explanation/smart-factory.md"


@pytest.mark.slow
def test_the_page_prints_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = (
        re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.M | re.S)[0]
        for language in ("python", "text")
    )
    (tmp_path / "example.py").write_text(code)
    runpy.run_path(str(tmp_path / "example.py"))
    assert capsys.readouterr().out == text
