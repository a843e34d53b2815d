"""A control plane as long as a test needs it: the real one of tools/testcluster, or tools/kubesim."""

import http.client
import json
import subprocess
from urllib.parse import urlsplit

from . import ROOT
from .kube import Kube
from .process import Program
from .waiting import until

PROGRAM = ROOT / "build/tools/testcluster"
SIMULATOR = ROOT / "build/release/tools/kubesim/kubesim"


class Cluster:
    """A control plane with deploy/rbac.yaml in force and every request in an audit log."""

    def __init__(self, folder, watch_cache=True):
        self.folder = folder
        self.watch_cache = watch_cache
        self.program = None
        self.starts = 0

    def start(self):
        arguments = [PROGRAM, "run", "--dir", self.folder, "--exit-with-parent", "--audit",
                     "--with-helper-rbac", ROOT / "deploy/rbac.yaml"]
        if not self.watch_cache:
            arguments.append("--watch-cache-off")
        self.starts += 1
        self.program = Program(f"testcluster-{self.starts}", arguments, self.folder / "output")
        report = until("the test cluster is ready", self._ready, 90)
        self.server = report["server"]
        self.version = report["version"]
        self.helper_kubeconfig = self.folder / "helper.kubeconfig"
        self.admin = Kube(self.folder / "admin.kubeconfig")
        self.restricted = Kube(self.helper_kubeconfig)
        self.ca = self.folder / "ca.crt"
        return self

    def _ready(self):
        for line in self.program.stdout_path.read_text().splitlines():
            if line.startswith("{"):
                return json.loads(line)
        if not self.program.running:
            raise RuntimeError(f"the test cluster has ended: {self.program.output()}")
        return None

    def stop(self):
        if self.program:
            code = self.program.stop(seconds=20)
            self.program = None
            return code
        return 0

    def restart(self):
        """Stops and starts it with the same data, keys and port."""
        self.stop()
        return self.start()

    def compact(self):
        """Makes every version that anyone has seen too old for a watch (410 Gone)."""
        subprocess.run([PROGRAM, "compact", "--dir", self.folder], check=True,
                       stdout=subprocess.DEVNULL)

    def audit(self, user=None):
        """The requests so far, as the API server logged them; of one user, if given."""
        path = self.folder / "audit.log"
        lines = path.read_text().splitlines() if path.is_file() else []
        records = []
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue  # the last one is being written
            if user is None or record["user"]["username"] == user:
                records.append(record)
        return records


class SimulatedCluster(Cluster):
    """The same from outside, in memory; with faults."""

    def start(self):
        arguments = [SIMULATOR, "run", "--dir", self.folder, "--exit-with-parent", "--audit",
                     "--with-helper-rbac", ROOT / "deploy/rbac.yaml"]
        self.starts += 1
        self.program = Program(f"kubesim-{self.starts}", arguments, self.folder / "output")
        report = until("the simulated cluster is ready", self._ready, 30)
        self.server = report["server"]
        self.version = report["version"]
        self.administration = report["admin"]
        self.helper_kubeconfig = self.folder / "helper.kubeconfig"
        self.admin = Kube(self.folder / "admin.kubeconfig")
        self.restricted = Kube(self.helper_kubeconfig)
        self.ca = self.folder / "ca.crt"
        return self

    def administer(self, method, path, body=None):
        address = urlsplit(self.administration)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status // 100 != 2:
                raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
            return json.loads(text)
        finally:
            connection.close()

    def compact(self):
        self.administer("POST", "/compact")


def make(kind, folder, watch_cache=True):
    """kind: "real" or "kubesim"."""
    return (SimulatedCluster if kind == "kubesim" else Cluster)(folder, watch_cache)
