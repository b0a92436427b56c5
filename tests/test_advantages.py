"""The advantages that the page's tests hold their own against are the trainer's."""

import json

from tests.advantages import VECTORS, vectors


def test_the_file_holds_what_the_trainer_counts() -> None:
    assert json.loads(VECTORS.read_text()) == vectors()
