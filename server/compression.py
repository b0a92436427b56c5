"""Brotli and gzip siblings of assets, kept by the hash of what they hold."""

import gzip
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from server.assets import Asset

SUFFIXES = {".css", ".js", ".json", ".mjs", ".onnx", ".svg", ".wasm"}  # worth compressing
WORKERS = 2


def accepted(header: str) -> list[str]:
    """Encodings that an Accept-Encoding header allows of those we keep, the smallest first."""
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, _, weight = item.partition(";")
        try:
            weights[name.strip()] = float(weight.partition("=")[2]) if weight else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    return [name for name in ("br", "gzip") if weights.get(name, weights.get("*", 0.0)) > 0]


class Store:
    """Compressed files in one folder: <sha256>.br and <sha256>.gz, empty where it does not pay."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, asset: Asset, encoding: str) -> Path:
        """Where the compressed file of an asset is kept."""
        return self.folder / f"{asset.sha256}.{'gz' if encoding == 'gzip' else encoding}"

    def choose(self, asset: Asset, accept: str) -> tuple[Path, str] | None:
        """Return the best compressed file there is and its encoding, None for the file itself."""
        if asset.path.suffix not in SUFFIXES:
            return None
        for encoding in accepted(accept):
            path = self.path(asset, encoding)
            if path.is_file() and path.stat().st_size:
                return path, encoding
        return None

    def missing(self, assets: Iterable[Asset]) -> list[Asset]:
        """Those not compressed yet, each content once, the largest first."""
        wanted = {a.sha256: a for a in assets if a.path.suffix in SUFFIXES}
        new = [
            a
            for a in wanted.values()
            if not all(self.path(a, encoding).is_file() for encoding in ("br", "gzip"))
        ]
        return sorted(new, key=lambda a: -a.size)

    def fill(self, assets: Iterable[Asset]) -> list[Asset]:
        """Compress what is missing, in two processes, and return it."""
        new = self.missing(assets)
        if not new:
            return []
        self.folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(min(WORKERS, len(new))) as pool:
            jobs = [pool.submit(compress, self, asset) for asset in new]
            for job in as_completed(jobs):
                job.result()
        return new

    def prune(self, assets: Iterable[Asset]) -> int:
        """Remove files of content that is gone and return how many."""
        kept = {asset.sha256 for asset in assets}
        gone = [path for path in self.folder.glob("*.*") if path.stem not in kept]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)


def compress(store: Store, asset: Asset) -> None:
    """Write both siblings of one asset, each in one step, so that a reader finds all or nothing."""
    import brotli  # here, so that a server that only serves need not load it

    data = asset.path.read_bytes()
    packed = {
        "br": brotli.compress(data, quality=11, lgwin=24),
        "gzip": gzip.compress(data, compresslevel=9, mtime=0),
    }
    for encoding, out in packed.items():
        path = store.path(asset, encoding)
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(out if len(out) < len(data) else b"")
        fresh.replace(path)
