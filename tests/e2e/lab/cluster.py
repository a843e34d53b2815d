"""The real control plane of tools/testcluster, as long as a test needs it."""

import json
import subprocess

from . import ROOT
from .kube import Kube
from .process import Program
from .waiting import until

PROGRAM = ROOT / "build/tools/testcluster"


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
