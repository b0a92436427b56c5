"""Replays that visitors share: files in one folder, each named by a hash of what it holds."""

import os
import re
import threading
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from server.settings import Settings

ID_LETTERS = 22  # 132 bits of a SHA-256 in base64url
ID = re.compile(rf"[A-Za-z0-9_-]{{{ID_LETTERS}}}")
MOST_ADDRESSES = 10_000  # whose rates are remembered


class StoreFullError(Exception):
    """There is no room for another replay; the message says which limit was met."""


def id_of(data: bytes) -> str:
    """The id of a file, by what it holds."""
    return urlsafe_b64encode(sha256(data).digest()).decode()[:ID_LETTERS]


class Rate:
    """So many tries a minute for each address, saved up for a minute at most."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.a_minute = a_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tries left, at s

    def wait(self, address: str) -> float:
        """Take one try; return 0, or the seconds until there is one."""
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(address, (float(self.a_minute), now))
            left = min(left + (now - then) * self.a_minute / 60, self.a_minute)
            taken = left >= 1
            self._left[address] = (left - 1 if taken else left, now)
            while len(self._left) > MOST_ADDRESSES:
                self._left.popitem(last=False)
            return 0.0 if taken else (1 - left) * 60 / self.a_minute


class ReplayStore:
    """The folder, and how much may lie in it. Several processes may share it."""

    def __init__(self, folder: Path, most: int, most_bytes: int, a_minute: int) -> None:
        self.folder = folder
        self.most = most
        self.most_bytes = most_bytes
        self.rate = Rate(a_minute)
        self._lock = threading.Lock()

    @classmethod
    def of(cls, settings: Settings) -> "ReplayStore":
        """The store that the settings ask for."""
        most_bytes = settings.replays_mb * 1_000_000
        return cls(
            settings.kept_replays, settings.replays_count, most_bytes, settings.replays_a_minute
        )

    def path(self, id_: str) -> Path | None:
        """Where a replay lies; None if there is none of that id."""
        if not ID.fullmatch(id_):
            return None
        path = self.folder / f"{id_}.gymcade"
        return path if path.is_file() else None

    def put(self, data: bytes) -> tuple[str, bool]:
        """Keep a file; return its id, and whether it is new.

        Raises:
            StoreFullError: nothing more may be kept.
            OSError: the folder cannot be written to.
        """
        id_ = id_of(data)
        with self._lock:
            if self.path(id_):
                return id_, False
            self._check_room(len(data))
            # In one step, so that a reader finds all of it or nothing.
            with NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as fresh:
                fresh.write(data)
            os.chmod(fresh.name, 0o644)
            os.replace(fresh.name, self.folder / f"{id_}.gymcade")
        return id_, True

    def _check_room(self, size: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with os.scandir(self.folder) as entries:
            sizes = [e.stat().st_size for e in entries if e.name.endswith(".gymcade")]
        if len(sizes) >= self.most:
            raise StoreFullError(f"This server keeps {self.most} replays at most, and has them.")
        if sum(sizes) + size > self.most_bytes:
            megabytes = self.most_bytes // 1_000_000
            raise StoreFullError(f"The {megabytes} MB that this server keeps replays in are full.")
