"""A proxy for TCP that does to connections what networks do: it swallows, refuses, breaks and delays."""

import asyncio
import random
import threading


class FaultProxy:
    """Between 127.0.0.1:`port` and a server; everything is passed on, until something else is wished for.

    `reach`: "open", "refusing" (connections, new and open, are reset) or "blackhole" (connections come
    about, and nothing passes any more). `level` of "resets" and "hang-ups": the part of all connections that breaks, at
    once or after a while; of "slow": `delay` seconds for each piece. One thread; the wishes may be set from any other.
    """

    def __init__(self, host, port, seed=0):
        self.target = (host, port)
        self.reach = "open"
        self.breaking = 0.0
        self.delay = 0.0
        self.chance = random.Random(seed)
        self.writers = set()
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._work, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def _work(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()
        server.close()

    async def _serve(self, reader, writer):
        if self.reach == "refusing":
            return writer.transport.abort()
        self.writers.add(writer)
        onward = None
        try:
            there, onward = await asyncio.open_connection(*self.target)
            self.writers.add(onward)
            if self.chance.random() < self.breaking:
                self.loop.call_later(self.chance.uniform(0, 3), writer.transport.abort)
            await asyncio.gather(self._pass(reader, onward), self._pass(there, writer))
        except OSError:
            pass
        finally:
            for end in (writer, onward):
                if end:
                    self.writers.discard(end)
                    end.transport.abort()

    async def _pass(self, source, to):
        while piece := await source.read(65536):
            while self.reach == "blackhole":
                await asyncio.sleep(0.05)
            if self.delay:
                await asyncio.sleep(self.chance.uniform(0, self.delay))
            to.write(piece)
            await to.drain()
        to.close()

    def disturb(self, how, level=0.2):
        """False: this is nothing that a network does."""
        if how in ("blackhole", "refusing"):
            self.reach = how
            if how == "refusing":
                self.break_all()
        elif how in ("resets", "hang-ups", "noise", "cut-streams"):
            self.breaking = level
            self.break_all()  # a connection may live for hours: it is made anew, and breaks perhaps
        elif how in ("slow", "lateness", "dripping"):
            self.delay = 2 * level
        else:
            return False
        return True

    def mend(self):
        """What was swallowed stays lost: a peer that waits for it times out, or gets a reset."""
        was_away = self.reach == "blackhole"
        self.reach, self.breaking, self.delay = "open", 0.0, 0.0
        if was_away:
            self.break_all()

    def break_all(self):
        self.loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in list(self.writers)])

    def stop(self):
        self.break_all()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
