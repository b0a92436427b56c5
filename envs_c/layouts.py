"""Compare where two compilers put the fields of a game: the machine's own and WebAssembly's."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from envs_c.build import ENVS, EnvError

RECORDS = ("State", "Copy")
DUMP = ("-std=c11", "-fsyntax-only", "-Xclang", "-fdump-record-layouts", f"-I{ENVS}")


def layouts(compiler: Sequence[str], c_file: Path) -> dict[str, list[str]]:
    """Offset, type and name of every field of the records that are saved, as clang says them.

    Raises:
        EnvError: it refused the file; the message holds its words.
    """
    command = [*compiler, *DUMP, str(c_file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise EnvError(f"{c_file.name} does not compile:\n{result.stderr.strip()}")
    found = {}
    for record in result.stdout.split("*** Dumping AST Record Layout"):
        lines = [line.strip() for line in record.strip().splitlines()]
        kind = re.match(r"0 \| (?:struct )?(\w+)$", lines[0]) if lines else None
        if kind and kind[1] in RECORDS:
            found[kind[1]] = lines[1:]
    return found


def differing_fields(c_file: Path) -> list[str]:
    """The fields that lie elsewhere in WebAssembly, a line each; none where a tool is missing."""
    if shutil.which("clang") is None or shutil.which("emcc") is None:
        return []
    here, there = layouts(["clang"], c_file), layouts(["emcc"], c_file)
    differences = []
    for record in RECORDS:
        natively, wasm = here.get(record, []), there.get(record, [])
        if natively != wasm:
            told = ", ".join(sorted(set(wasm) - set(natively))) or "a field is missing"
            differences.append(f"{record} lies otherwise in WebAssembly: {told}")
    return differences
