"""Every snippet of docs/ecosystem.md runs, and the package is declared."""

import re
import tomllib

import pytest
import torch

from envs_c.build import ROOT

TEXT = (ROOT / "docs" / "ecosystem.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"(?ms)^```python\n(.*?)^```", TEXT)


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) == 6


@pytest.mark.parametrize("code", SNIPPETS, ids=range(len(SNIPPETS)))
def test_a_snippet_runs(code: str) -> None:
    torch.set_num_threads(1)
    known: dict[str, object] = {}
    exec(compile(code, "docs/ecosystem.md", "exec"), known)
    if "won" in known:
        assert isinstance(known["won"], list)
        assert len(known["won"]) > 64


def test_the_package_is_installed_with_the_others() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "gymcade" in project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert set(project["project"]["optional-dependencies"]["gym"]) == {
        *("gymnasium", "onnxruntime", "pettingzoo")
    }
