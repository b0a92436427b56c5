"""Find the environments and compile them into native libraries (standard library only)."""

import ctypes
import os
import shlex
import shutil
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
    name: str,
    *,
    flags: Sequence[str] = (),
    suffix: str = "",
    c_file: Path | None = None,
    compiler: str | None = None,
) -> Path:
    """The native library of an environment, compiled first if its source is newer.

    Args:
        name: of the environment.
        flags: compiler flags after the standard ones.
        suffix: tells a library with other flags apart: build/native/NAME+SUFFIX.so.
        c_file: of an environment that lies elsewhere than under envs_c/.
        compiler: another than $CC, or gcc.

    Raises:
        EnvError: no such environment, or the compiler refused it; the message holds its words.
    """
    if c_file:
        suffix += f"-{sha256(bytes(c_file.resolve())).hexdigest()[:8]}"
    target = BUILD / "native" / f"{name}{suffix}.so"
    return compile_library(c_file or source(name), target, flags, compiler)


def compile_library(
    c_file: Path,
    target: Path,
    flags: Sequence[str] = (),
    compiler: str | None = None,
    included: Sequence[Path] = (),
) -> Path:
    """Compile one C file into `target` unless that was made of it and the headers as they are.

    Headers count that lie beside it or in envs_c/, and the files `included` from elsewhere.

    Raises:
        EnvError: there is no compiler, or it refused the file; the message holds its words.
    """
    inputs = [c_file, *included, *c_file.parent.glob("*.h"), *ENVS.glob("*.h"), Path(__file__)]
    newest = max(path.stat().st_mtime_ns for path in inputs)
    if target.exists() and target.stat().st_mtime_ns >= newest:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written under another name and moved: several processes may compile at once.
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".so", delete=False) as file:
        unfinished = Path(file.name)
    words = shlex.split(compiler or os.environ.get("CC", "gcc"))
    command = [*words, *CFLAGS, f"-I{ENVS}", str(c_file), "-o", str(unfinished), *flags]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        unfinished.unlink()
        raise EnvError(f"no compiler {words[0]!r}: install gcc or set CC") from error
    if result.returncode:
        unfinished.unlink()
        raise EnvError(f"{c_file.name} does not compile:\n{result.stderr.strip()}")
    unfinished.chmod(0o755)
    # As old as what it was made of: a file saved while the compiler ran counts as newer.
    os.utime(unfinished, ns=(newest, newest))
    unfinished.replace(target)
    return target


_loaded: dict[Path, tuple[int, ctypes.CDLL]] = {}  # by path: when it was made, and the library


def load(path: Path) -> ctypes.CDLL:
    """Open a library as it is now.

    The system hands out the library it has already, under a name that it has seen; one that was
    compiled anew while the process ran is therefore opened under another.
    """
    made = path.stat().st_mtime_ns
    seen, lib = _loaded.get(path, (made, None))
    if lib is None:
        lib = ctypes.CDLL(str(path))
    elif seen != made:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            lib = ctypes.CDLL(shutil.copy(path, folder))
    _loaded[path] = made, lib
    return lib
