"""Files under web/static in groups whose URL carries a hash of what they hold.

A URL is /assets/<group>/<hash>/<file>. The hash covers all files of the group, so relative imports
between them hold, and one that has been seen never changes its content.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SPLIT = ("envs", "policies")  # folders in which every folder is a group of its own
HASH_DIGITS = 16
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".onnx": "application/octet-stream",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webp": "image/webp",
}


@dataclass(frozen=True)
class Asset:
    """One file as it was when its hash was taken."""

    path: Path
    size: int
    mtime_ns: int
    sha256: str

    @property
    def media_type(self) -> str:
        """Content-Type of the file."""
        return MEDIA_TYPES.get(self.path.suffix, "application/octet-stream")

    def unchanged(self) -> bool:
        """Whether the file is still the one that was hashed."""
        try:
            stat = self.path.stat()
        except OSError:
            return False
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


@dataclass(frozen=True)
class Group:
    """Files that share a hash, by their path inside the group."""

    hash: str
    files: Mapping[str, Asset]


class HashCache:
    """Hashes of files, remembered in a JSON file by path, size and time of change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        try:
            self._known: dict[str, list[int | str]] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def asset(self, path: Path) -> Asset:
        """Return the file with its SHA-256, read only if it is new or has changed."""
        stat = path.stat()
        row = self._known.get(str(path))
        if row is None or row[:2] != [stat.st_size, stat.st_mtime_ns]:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            row = self._known[str(path)] = [stat.st_size, stat.st_mtime_ns, digest]
            self._changed = True
        return Asset(path, stat.st_size, stat.st_mtime_ns, str(row[2]))

    def save(self) -> None:
        """Write what was learnt; a folder that cannot be written to costs only time."""
        if not self._changed:
            return
        self._changed = False
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._known), encoding="utf-8")
            fresh.replace(self._path)
        except OSError:
            return


def files(static: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield (group, file inside it, path) of everything served; what begins with a dot is not."""
    for path in sorted(static.rglob("*")):
        parts = path.relative_to(static).parts
        depth = 2 if parts[0] in SPLIT else 1
        if len(parts) > depth and path.is_file() and not any(p.startswith(".") for p in parts):
            yield "/".join(parts[:depth]), "/".join(parts[depth:]), path


def split(path: str) -> tuple[str, str, str]:
    """Split the part of a URL after /assets/ into group, hash and file; each may come out empty."""
    parts = path.split("/")
    depth = 2 if parts[0] in SPLIT else 1
    group, rest = "/".join(parts[:depth]), parts[depth:]
    return group, rest[0] if rest else "", "/".join(rest[1:])


class Assets:
    """Every group as it stood at one moment."""

    def __init__(self, static: Path, cache: HashCache) -> None:
        groups: dict[str, dict[str, Asset]] = {}
        for group, file, path in files(static):
            groups.setdefault(group, {})[file] = cache.asset(path)
        cache.save()
        self.groups = {name: Group(_hash(held), held) for name, held in groups.items()}

    def url(self, group: str, file: str) -> str:
        """Address of a file, which may be missing: then it answers 404 and the page says so."""
        held = self.groups.get(group)
        return f"/assets/{group}/{held.hash if held else '0' * HASH_DIGITS}/{file}"

    def find(self, path: str) -> Asset | None:
        """Return the file of the part of a URL after /assets/, if it is all right."""
        group, digest, file = split(path)
        held = self.groups.get(group)
        return held.files.get(file) if held and held.hash == digest else None

    def has(self, group: str, file: str) -> bool:
        """Whether the file is there."""
        return group in self.groups and file in self.groups[group].files

    def sha256(self, group: str, file: str) -> str:
        """The hash of a file as 64 hexadecimal digits, empty if it is missing."""
        return self.groups[group].files[file].sha256 if self.has(group, file) else ""


def _hash(held: Mapping[str, Asset]) -> str:
    digest = hashlib.sha256()
    for file in sorted(held):
        digest.update(f"{file}\0{held[file].sha256}\n".encode())
    return digest.hexdigest()[:HASH_DIGITS]
