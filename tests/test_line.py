"""A slow line: what passes is unchanged, and takes as long as it should."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from server.bench import serving
from server.line import slowed


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


@contextmanager
def took() -> Iterator[list[float]]:
    seconds: list[float] = []
    begun = time.monotonic()
    yield seconds
    seconds.append(time.monotonic() - begun)


def read(address: str) -> bytes:
    with urlopen(address, timeout=60) as answer:
        data: bytes = answer.read()
        return data


def test_what_passes_is_unchanged_and_takes_its_time(server: str) -> None:
    page = "/docs/training"
    whole = read(server + page)
    assert len(whole) > 20_000
    with slowed(server, 100, 0) as address, took() as seconds:
        assert read(address + page) == whole
    assert seconds[0] >= 0.2, "once to connect, once to ask"
    with slowed(server, 0, 0.8) as address, took() as seconds:
        assert read(address + page) == whole
    assert seconds[0] >= len(whole) / 100_000


def test_connections_share_the_rate(server: str) -> None:
    page = "/docs/training"
    alone = len(read(server + page))

    async def three(address: str) -> list[bytes]:
        return await asyncio.gather(*(asyncio.to_thread(read, address + page) for _ in range(3)))

    with slowed(server, 0, 1.6) as address, took() as seconds:
        assert [len(data) for data in asyncio.run(three(address))] == [alone] * 3
    assert seconds[0] >= 3 * alone / 200_000


def test_a_server_that_is_gone_ends_the_connection() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and does not listen
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with slowed(address, 0, 0) as line, pytest.raises(OSError):
            read(line)
