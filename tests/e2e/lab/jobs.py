"""Runs the Jobs of a cluster that has neither nodes nor a controller for them: the program in place of its image."""

import subprocess
import threading
from datetime import datetime, timezone

from .helper import PROGRAM
from .kube import MERGE_PATCH


class JobRunner:
    """While it is entered, each Job of the namespace is run once, with a token of its own account; what it
    printed is in `output`, and `pods` holds what would have run. `fails`: it cannot reach the cluster."""

    def __init__(self, cluster, namespace="kube-system", fails=False):
        self.fails = fails
        self.cluster, self.kube, self.namespace = cluster, cluster.admin, namespace
        self.output = {}
        self.pods = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _watch(self):
        while not self.over.wait(0.1):
            for job in self.kube.list("jobs", self.namespace):
                if job["metadata"]["uid"] not in self.output and not job.get("status", {}).get("conditions"):
                    self._run(job)

    def _run(self, job):
        begun = now()
        pod = job["spec"]["template"]["spec"]
        account = pod["serviceAccountName"]
        access = self.cluster.kubeconfig_of(account, self.cluster.folder / f"{account}.kubeconfig", self.namespace)
        access = "/nonexistent" if self.fails else access
        done = subprocess.run([PROGRAM, *pod["containers"][0]["args"], "--kubeconfig", access],
                              check=False, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        self.output[job["metadata"]["uid"]] = done
        self.pods.append(pod)
        ways = ("SuccessCriteriaMet", "Complete") if done.returncode == 0 else ("FailureTarget", "Failed")
        ended = now()
        self.kube.do("PATCH", "/apis/batch/v1/namespaces/{namespace}/jobs/{name}/status".format(**job["metadata"]), {
            "status": {"startTime": begun, ("succeeded" if done.returncode == 0 else "failed"): 1,
                       **({"completionTime": ended} if done.returncode == 0 else {}),
                       "conditions": [{"type": way, "status": "True", "lastTransitionTime": ended} for way in ways]}},
            MERGE_PATCH)


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
