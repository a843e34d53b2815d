"""A TLS server before the API server, with certificates of its own that can be replaced while it runs."""

import asyncio
import base64
import ssl
import subprocess
import threading

import yaml


async def copy(reader, writer):
    """Passes on what comes, until it ends: then the other direction has to end, too."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError


class Authority:
    """A certificate authority, and a certificate of it for 127.0.0.1."""

    def __init__(self, folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self.key = folder / f"{name}.crt", folder / f"{name}.key"
        self.server = folder / f"{name}-server.pem"
        request, signed, key = (folder / f"{name}-server.{end}" for end in ("csr", "crt", "key"))
        made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self._openssl("req", "-x509", *made, "-keyout", self.key, "-out", self.certificate, "-days", "1", "-subj", f"/CN={name}")
        self._openssl("req", *made, "-keyout", key, "-out", request, "-subj", "/CN=api")
        names = folder / f"{name}.ext"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days",
                      "1", "-extfile", names, "-out", signed)
        self.server.write_text(key.read_text() + signed.read_text())

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Relay:
    """Passes on what is said to the API server of `kubeconfig`."""

    def __init__(self, kubeconfig, authority):
        self.config = yaml.safe_load(kubeconfig.read_text())
        cluster = self.config["clusters"][0]["cluster"]
        self.host, self.port = cluster["server"].split("://")[1].split(":")
        self.upstream = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        self.downstream = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.downstream.num_tickets = 0  # a client that resumes a session is shown no certificate
        self.tasks, self.server, self.address = set(), None, None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.present(authority)

    def kubeconfig(self, path, ca_file):
        """As the one it was made from, but by way of this server, which `ca_file` proves."""
        cluster = self.config["clusters"][0]["cluster"]
        cluster.pop("certificate-authority-data", None)
        cluster |= {"server": self.address, "certificate-authority": str(ca_file)}
        path.write_text(yaml.safe_dump(self.config))
        return path

    def present(self, authority):
        """Another certificate from now on; every connection ends."""
        asyncio.run_coroutine_threadsafe(self._present(authority), self.loop).result(10)

    async def _present(self, authority):
        self.downstream.load_cert_chain(authority.server)
        if not self.server:
            self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.downstream)
            self.address = f"https://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        for task in list(self.tasks):
            task.cancel()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        other = None
        try:
            up, other = await asyncio.open_connection(self.host, int(self.port), ssl=self.upstream)
            await asyncio.gather(copy(reader, other), copy(up, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            for end in (writer, other):
                if end:
                    end.transport.abort()

    def close(self):
        async def end():
            self.server.close()
            tasks = list(self.tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)  # before the loop ends
        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
