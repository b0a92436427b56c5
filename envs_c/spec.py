"""The facts that an environment states about itself, as read from its library (stdlib only).

`python3 -m envs_c.spec NAME` prints them as JSON: that is the file spec.json of the web build.
"""

import ctypes
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from envs_c.build import EnvError, library, load, source

Spec = dict[str, Any]


def read_spec(lib: Path, name: str, golden: Path) -> Spec:
    """What `env_spec` of a compiled library says, with its name and dynamics version.

    The dynamics version is the hash of the golden playthrough, "" where none is recorded yet:
    any change of the rules changes it. The interface version is made in C, of what a policy sees
    and does.
    """
    dll = load(lib)
    size = dll.env_spec(None, 0)
    text = ctypes.create_string_buffer(size + 1)
    dll.env_spec(text, size + 1)
    digest = hashlib.sha256(golden.read_bytes()).hexdigest()[:16] if golden.exists() else ""
    spec: Spec = {"name": name, **json.loads(text.value), "dynamics_version": digest}
    return spec


def load_spec(name: str) -> Spec:
    """The facts of the environment `name`, compiled first if need be.

    Raises:
        EnvError: no such environment, or it does not compile.
    """
    return read_spec(library(name), name, source(name).parent / "golden.txt")


def env_id(name: str) -> str:
    """Gymnasium's id: `gymcade/Pong-v0` for "pong", `gymcade/SnowFight-v0` for "snow_fight"."""
    return f"gymcade/{''.join(part.capitalize() for part in name.split('_'))}-v0"


if __name__ == "__main__":
    try:
        print(json.dumps(load_spec(sys.argv[1]), indent=1))
    except EnvError as error:
        sys.exit(str(error))
