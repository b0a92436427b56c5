"""Fixtures shared by all tests."""

import pytest

from tests.subjects import SUBJECTS, Subject


@pytest.fixture(params=SUBJECTS, ids=lambda subject: subject.name)
def subject(request: pytest.FixtureRequest) -> Subject:
    """Every environment in turn."""
    found: Subject = request.param
    return found
