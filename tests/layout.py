"""Games as numpy records: the fields of an environment's State by name, to be read and set."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c import build
from envs_c.spec import load_spec

Field = tuple[str, str] | tuple[str, str, int]


def state_type(name: str, fields: Sequence[Field]) -> np.dtype[Any]:
    """The layout of an environment's State: `rng`, `p`, and then the fields given, as C aligns."""
    params = [*(param["name"] for param in load_spec(name)["params"]), "none"]
    p = np.dtype([(param, "f4") for param in params])
    return np.dtype([("rng", "u8"), ("p", p), *fields], align=True)


def games(copies: NDArray[np.uint8], layout: np.dtype[Any]) -> NDArray[Any]:
    """One record for each of a VecEnv's `state` or `finals`, whose memory they share."""
    return copies[:, : layout.itemsize].view(layout)[:, 0]


def c_layout(name: str, fields: Sequence[str], folder: Path) -> dict[str, int]:
    """Where the compiler puts each field, in bytes; "" is the size of State."""
    lines = [f'printf("{field} %zu\\n", offsetof(State, {field}));' for field in fields]
    program = (
        f'#include <stddef.h>\n#include <stdio.h>\n#include "{build.source(name)}"\n'
        f'int main(void) {{ {" ".join(lines)} printf(" %zu\\n", sizeof(State)); }}'
    )
    c_file, binary = folder / "layout.c", folder / "layout"
    c_file.write_text(program)
    subprocess.run(["gcc", "-std=c11", str(c_file), "-o", str(binary), "-lm"], check=True)
    said = subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout
    return {line.split(" ")[0]: int(line.split(" ")[1]) for line in said.splitlines()}


def assert_layout(name: str, layout: np.dtype[Any], folder: Path) -> None:
    """That the records here are the compiler's."""
    assert layout.fields
    here = {field: int(place[1]) for field, place in layout.fields.items()}
    assert c_layout(name, list(here), folder) == here | {"": layout.itemsize}
