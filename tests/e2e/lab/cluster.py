"""A control plane as long as a test needs it: the real one of tools/testcluster, or tools/kubesim."""

import json
import subprocess
from collections import Counter
from datetime import datetime
from typing import NamedTuple

import yaml

from . import PROGRAMS, ROOT, guard, version
from .kube import Kube, path_of
from .process import Program
from .simulator import administer, ready

SIMULATOR = PROGRAMS / "kubesim/kubesim"
RBAC = ROOT / "deploy/rbac.yaml"


def seconds_of(stamp):
    """An RFC 3339 time as seconds since the epoch."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


class Request(NamedTuple):
    """One request as the API server logged it."""

    received: float  # seconds since the epoch
    ended: float  # for a watch: begun, if it has not ended
    verb: str
    resource: str  # with the subresource: "serviceaccounts/token"
    code: int
    namespace: str


def counted(requests):
    """{"patch secrets 200": 12, ...}"""
    return dict(sorted(Counter(f"{one.verb} {one.resource} {one.code}" for one in requests).items()))


class Cluster:
    """A control plane with deploy/rbac.yaml in force and every request in an audit log."""

    def __init__(self, folder, watch_cache=True, manifest=RBAC, workloads=False, server_flags=()):
        """`manifest`: the account of the helper, and what it may do. `workloads`: Deployments have Pods.
        `server_flags`: of kube-apiserver."""
        self.folder = folder
        self.watch_cache = watch_cache
        self.manifest = manifest
        self.workloads = workloads
        self.server_flags = server_flags
        self.program = None
        self.starts = 0

    def start(self):
        self._begin("testcluster", version.PROGRAM, 90, [*version.CLUSTER_ARGUMENTS,
                                                         *([] if self.watch_cache else ["--watch-cache-off"]),
                                                         *(["--workloads"] if self.workloads else []),
                                                         *(f"--apiserver-flag={one}" for one in self.server_flags)])
        if guard.is_in(self.manifest):
            guard.wait_in_force(self.restricted)
        return self

    def _begin(self, name, program, seconds, more=()):
        """Starts the program; its report."""
        self.starts += 1
        self.program = Program(f"{name}-{self.starts}",
                               [program, "run", "--dir", self.folder, "--exit-with-parent", "--audit",
                                "--with-helper-rbac", self.manifest, *more], self.folder / "output")
        report = ready(self.program, "the control plane", seconds)
        self.server = report["server"]
        self.version = report["version"]
        self.helper_kubeconfig = self.folder / "helper.kubeconfig"
        self.admin = Kube(self.folder / "admin.kubeconfig")
        self.restricted = Kube(self.helper_kubeconfig)
        self.ca = self.folder / "ca.crt"
        return report

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
        subprocess.run([version.PROGRAM, "compact", "--dir", self.folder], check=True,
                       stdout=subprocess.DEVNULL)

    def kubeconfig_of(self, account, path, namespace="kube-system"):
        """Writes one with a new token of a ServiceAccount; its path."""
        answer = self.admin.do("POST", path_of("serviceaccounts", namespace, account, "token"), {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})
        config = yaml.safe_load(self.helper_kubeconfig.read_text())
        config["users"][0]["user"] = {"token": answer["status"]["token"]}
        path.write_text(yaml.safe_dump(config))
        return path

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

    def requests(self, user, since=0.0):
        """The requests of one user after `since` (seconds since the epoch), in order."""
        found = {}
        for record in self.audit(user):
            reference = record.get("objectRef", {})
            parts = [reference.get("resource", record["requestURI"]), reference.get("subresource")]
            # A watch has a record when it starts and one when it ends.
            found.setdefault(record["auditID"], Request(
                seconds_of(record["requestReceivedTimestamp"]), seconds_of(record["stageTimestamp"]),
                record["verb"], "/".join(part for part in parts if part),
                record.get("responseStatus", {}).get("code"), reference.get("namespace", "")))
        return sorted(request for request in found.values() if request.received >= since)


class SimulatedCluster(Cluster):
    """The same from outside, in memory; with faults."""

    def start(self):
        self.administration = self._begin("kubesim", SIMULATOR, 30)["admin"]
        return self

    def administer(self, method, path, body=None):
        return administer(self.administration, method, path, body)

    def compact(self):
        self.administer("POST", "/compact")


def make(kind, folder, watch_cache=True, **more):
    """kind: "real" or "kubesim"."""
    return (SimulatedCluster if kind == "kubesim" else Cluster)(folder, watch_cache, **more)
