"""What the site is made of at this moment; looked at again when files have changed."""

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from server import assets, catalog
from server.assets import Assets, HashCache
from server.catalog import Environment
from server.compression import Store
from server.settings import Settings

LOOK_EVERY = 0.5  # s, at most

_log = logging.getLogger("gymcade")


@dataclass(frozen=True)
class Snapshot:
    """Environments and assets that belong together."""

    environments: dict[str, Environment]
    assets: Assets


class Site:
    """Hands out the current snapshot: a policy exported or a game rebuilt needs no restart."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.build / "compressed")
        self._cache = HashCache(settings.build / "asset-hashes.json")
        self._lock = threading.Lock()
        self._looked = -LOOK_EVERY
        self._signature: tuple[tuple[Path, int, int], ...] = ()
        self._snapshot = Snapshot({}, Assets(settings.static / "none", self._cache))

    def current(self, *, at_once: bool = False) -> Snapshot:
        """Return the snapshot, made anew if a file has come, gone or changed.

        What changed in the last half second may be missed unless it is looked for `at_once`.
        """
        with self._lock:
            return self._current(at_once)

    def _current(self, at_once: bool) -> Snapshot:
        now = time.monotonic()
        if not at_once and now - self._looked < LOOK_EVERY:
            return self._snapshot
        signature = self._look()
        if signature != self._signature:
            try:
                self._snapshot = Snapshot(
                    catalog.load(self.settings.root), Assets(self.settings.static, self._cache)
                )
                self._signature = signature
            except (
                FileNotFoundError
            ) as error:  # a build is at work; the next look will see it whole
                _log.info("files are changing: %s", error)
        self._looked = now
        return self._snapshot

    def _look(self) -> tuple[tuple[Path, int, int], ...]:
        rows = []
        paths = [path for _, _, path in assets.files(self.settings.static)]
        for path in [*paths, *catalog.sources(self.settings.root)]:
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            rows.append((path, stat.st_size, stat.st_mtime_ns))
        return tuple(rows)
