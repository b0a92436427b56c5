"""Find the environments and compile them into native libraries (standard library only)."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The project's folder."""

ENVS = ROOT / "envs_c"
BUILD = ROOT / "build"

CFLAGS = (
    *("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden"),
    # The same bytes on every target: no fused multiply-add, and sqrt as one instruction.
    *("-ffp-contract=off", "-fno-math-errno"),
    *("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"),
)


class EnvError(Exception):
    """An environment that is not there, does not compile, or was asked for what it cannot do."""


def names() -> list[str]:
    """The environments there are: each folder X under envs_c/ that holds X.c."""
    return sorted(path.parent.name for path in ENVS.glob("*/*.c") if path.stem == path.parent.name)


def source(name: str) -> Path:
    """The C file of an environment.

    Raises:
        EnvError: there is none of that name; the message lists those there are.
    """
    path = ENVS / name / f"{name}.c"
    if not name.isidentifier() or not path.is_file():
        raise EnvError(f"no environment {name!r}; there are: {', '.join(names())}")
    return path


def library(
    name: str, *, flags: Sequence[str] = (), suffix: str = "", c_file: Path | None = None
) -> Path:
    """The native library of an environment, compiled first if its source is newer.

    Args:
        name: of the environment.
        flags: compiler flags after the standard ones.
        suffix: tells a library with other flags apart: build/native/NAME+SUFFIX.so.
        c_file: of an environment that lies elsewhere than under envs_c/.

    Raises:
        EnvError: no such environment, or the compiler refused it; the message holds its words.
    """
    if c_file:
        suffix += f"-{sha256(bytes(c_file.resolve())).hexdigest()[:8]}"
    return compile_library(c_file or source(name), BUILD / "native" / f"{name}{suffix}.so", flags)


def compile_library(c_file: Path, target: Path, flags: Sequence[str] = ()) -> Path:
    """Compile one C file into `target` unless that is newer than it and the shared headers."""
    inputs = [c_file, *ENVS.glob("*.h")]
    if target.exists() and target.stat().st_mtime >= max(p.stat().st_mtime for p in inputs):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written under another name and moved: several processes may compile at once.
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".so", delete=False) as file:
        unfinished = Path(file.name)
    compiler = shlex.split(os.environ.get("CC", "gcc"))
    command = [*compiler, *CFLAGS, f"-I{ENVS}", str(c_file), "-o", str(unfinished), *flags]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        unfinished.unlink()
        raise EnvError(f"{c_file.name} does not compile:\n{result.stderr.strip()}")
    unfinished.chmod(0o755)
    unfinished.replace(target)
    return target
