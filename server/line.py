"""A line to a server that is as slow as a visitor's: a delay, and so many bytes a second."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

PIECE = 8192  # bytes that travel together
AHEAD = 0.05  # s of bytes that wait before the line; connections take turns with what comes after


class Line:
    """Passes connections on to a server.

    Args:
        host, port: of the server.
        delay: s there and back.
        rate: bytes a second towards the visitor, of all connections together; none limits it if 0.
    """

    def __init__(self, host: str, port: int, delay: float, rate: float) -> None:
        self._server, self._way, self._rate = (host, port), delay / 2, rate
        self._free = 0.0  # when the line has passed on what it was given

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a visitor, until either side ends it."""
        await asyncio.sleep(2 * self._way)
        try:
            answers, questions = await asyncio.open_connection(*self._server)
        except OSError:
            writer.close()
            return
        ways = self._pass(reader, questions, 0), self._pass(answers, writer, self._rate)
        try:
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            for end in (writer, questions):
                end.close()

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, rate: float
    ) -> None:
        clock = asyncio.get_running_loop().time
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(_arrive(under_way, target))
        while data := await source.read(PIECE):
            passed = clock()
            if rate:
                self._free = passed = max(self._free, passed) + len(data) / rate
                await asyncio.sleep(passed - AHEAD - clock())
            under_way.put_nowait((passed + self._way, data))
        under_way.put_nowait((clock() + self._way, b""))
        await arriving


async def _arrive(
    under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter
) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due, data = await under_way.get()
        await asyncio.sleep(due - clock())
        if not data:
            break
        target.write(data)
    with suppress(OSError):
        target.write_eof()


@contextmanager
def slowed(address: str, delay_ms: float, megabits: float) -> Iterator[str]:
    """Another address of the server at `address`, over a line that takes `delay_ms` there and back
    and passes `megabits` a second (any number if 0)."""
    whole = urlsplit(address)
    line = Line(str(whole.hostname), whole.port or 80, delay_ms / 1e3, megabits * 1e6 / 8)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    begun = asyncio.start_server(line.connect, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(begun, loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # for the sockets to be let go
