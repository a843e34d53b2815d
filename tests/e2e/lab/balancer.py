"""What a Service is for the API server: one port, behind which those answer that can."""

import asyncio
import threading

from .relay import copy


class Balancer:
    """Passes connections on to one of `ports`, in turn; to the next where one is refused. There is no way
    for a connection that stands to be moved: it ends with the program behind it."""

    def __init__(self):
        self.ports, self.turn = [], 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]

    def _do(self, what):
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(10)

    async def _serve(self, reader, writer):
        ports, self.turn = list(self.ports), self.turn + 1
        other = None
        try:
            for number in range(len(ports)):
                try:
                    up, other = await asyncio.open_connection("127.0.0.1", ports[(self.turn + number) % len(ports)])
                    break
                except OSError:
                    continue
            if other:
                await asyncio.gather(copy(reader, other), copy(up, writer))
        except OSError:
            pass
        finally:
            for end in (writer, other):
                if end:
                    end.transport.abort()

    def close(self):
        async def end():
            self.server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._do(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
