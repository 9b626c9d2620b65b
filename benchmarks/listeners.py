"""Clients of the stream, for `benchmarks.serving`: python -m benchmarks.listeners PORT COUNT."""

import asyncio
import sys
from contextlib import suppress

ASK = b"GET /api/stream?asset=mill-0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def listen(port: int, count: int) -> None:
    """So many clients that read what they are told until the service or this process ends."""

    async def one() -> None:
        source, sink = await asyncio.open_connection("127.0.0.1", port)
        sink.write(ASK)
        with suppress(ConnectionError):
            while await source.read(65_536):
                pass

    await asyncio.gather(*(one() for _ in range(count)))


if __name__ == "__main__":
    asyncio.run(listen(int(sys.argv[1]), int(sys.argv[2])))
