"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

from envs_c.build import source
from tests.subjects import MADE, SUBJECTS, Subject


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name)
def subject(request: pytest.FixtureRequest) -> Subject:
    """Every environment in turn."""
    found: Subject = request.param
    return found


@pytest.fixture
def made_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the trainer and the exporter find the environments made for tests by their names."""
    made = {subject.name: subject.source for subject in MADE}

    def find(name: str) -> Path:
        return made.get(name) or source(name)

    for module in ("envs_c.build", "envs_c.spec", "trainer.config"):
        monkeypatch.setattr(f"{module}.source", find)
