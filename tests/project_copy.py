"""A copy of the project in another folder, for tests that write into the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = ("envs_c", "server", "tools", "web", "build_wasm.sh", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "envs", "policies")


def copy_project(target: Path) -> Path:
    """Copy what building and serving need, without built files; builds share raylib's cache."""
    for name in KEPT:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, target / name, ignore=LEFT_OUT)
        elif path.exists():
            shutil.copy2(path, target / name)
    return target


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python` with those arguments in the copy, as a person would."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
