"""A laboratory with a real node; Pods, and what became of them."""

import contextlib
import http.client
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import yaml
from lab import ROOT, node, version, waiting, webhook
from lab.helper import PROGRAM
from lab.kube import APPLY, Refused, path_of, plural_of
from lab.laboratory import Laboratory
from lab.objects import SECRET, configuration
from lab.world import FAR, ONE, domains_of, entry, personal_domains

KUBECTL = ROOT / "build/tools/kubectl"
HOST = domains_of("one")[0]
PRIVATE, PUBLIC = f"{HOST}/private/app:1", f"{HOST}/public/app:1"
# Of few namespaces: a kubelet that has recorded 100 Secrets for an image accepts no changed login without a pull.
RARE = f"{HOST}/private/rare:1"
FAR_PRIVATE = f"{HOST}/far/app:1"  # of the other account, at the same host
REPOSITORIES = ("private/app:1", "private/rare:1", "public/app:1", "far/app:1")


# Ends a test that hangs. A Pod runs a second after its creation; on a machine with much else to do, a minute.
PATIENCE = 240


def until(what, condition, seconds=PATIENCE):
    return waiting.until(what, condition, seconds)


class Rig(Laboratory):
    def __init__(self, folder):
        self.node = self.pods = None
        super().__init__(folder, registry=True, workloads=True)
        try:
            self.registry.fill(*REPOSITORIES, archive=node.write_image(folder / "pause.tar"))
            self.registry.start(self.cloud.report["http"] + "/auth", self.cloud.report["registry_token_cert"], "cloudsim")
            hosts = [*domains_of("one"), *domains_of("two"), *domains_of("far"), *personal_domains()]
            self.node = node.Node(self.cluster, dict.fromkeys(hosts, self.registry.host), folder / "node")
            self.pods = PodWatch(self.kube)
        except BaseException:
            self.close()
            raise

    def world(self, **lifetimes):
        """Whose repositories are private and public, and those of the other account at the same host."""
        made = super().world(**lifetimes)
        for home in made["accounts"]:
            for one in home["instances"]:
                mine = "far" if one["id"] == FAR else "private"
                one["repositories"] = [f"{mine}/*", {"name": "public/*", "public": True}]
        return made

    def start_helper(self, *arguments, admission=None, instances=None, **keys):
        """One that serves every account; `admission`: "webhook", "policy" or none."""
        keys = {"watch_namespace": "all", "service_account": "*", **keys}
        instances = instances or [entry(ONE)]
        self.configure(instances, **keys)
        if admission == "webhook":
            arguments = ("--webhook-address", "127.0.0.1:0", *arguments)
        helper = self.helper(*arguments, log_level="debug")  # names each namespace, also those found served
        helper.wait_served("default", PATIENCE)
        if admission == "webhook":
            webhook.register(self, helper)
        if admission == "policy":
            self.install_policy(instances, keys)
        if admission:
            until("accounts are linked at creation", lambda: webhook.probe(self))
        return helper

    def served(self, helper):
        """A new namespace, once it is served."""
        namespace = self.namespace()
        helper.wait_served(namespace, PATIENCE)
        return namespace

    def install_policy(self, instances, keys):
        """The one that links accounts, as `policy` prints it for that configuration."""
        path = self.folder / "policy-configuration.yaml"
        path.write_text(yaml.safe_dump(configuration(instances, **keys)))
        printed = subprocess.run([PROGRAM, "policy", *version.POLICY_ARGUMENTS, "--config", path], check=True, capture_output=True, text=True).stdout
        for item in yaml.safe_load_all(printed):
            if item and item["kind"].startswith("Mutating"):
                self.kube.do("PATCH", path_of(plural_of(item["kind"]), None, item["metadata"]["name"]), item, APPLY,
                             fieldManager="installer", force="true")

    def kubectl_apply(self, *objects):
        """All in one call, as from one file."""
        done = subprocess.run([KUBECTL, "--kubeconfig", self.cluster.folder / "admin.kubeconfig", "--cache-dir",
                               self.folder / "kubectl-cache", "apply", "-f", "-"], check=False,
                              input=yaml.safe_dump_all(objects), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def clear(self):
        """Ends helpers, faults, webhook, policy and all Pods."""
        self.stop_helpers()
        self.cloud.mend()
        webhook.unregister(self)
        for kind in ("mutatingadmissionpolicybindings", "mutatingadmissionpolicies"):
            for item in self.kube.list(kind):
                self.kube.delete(kind, None, item["metadata"]["name"])
        self.kube.delete("configmaps", "kube-system", "acr-configuration")
        # The API server goes on for a moment with what was taken away.
        until("nothing is linked at creation any more", lambda: not webhook.probe(self))
        for item in self.kube.list("namespaces"):
            name = item["metadata"]["name"]
            if not name.startswith("kube-") and name != "default":
                self.kube.delete("namespaces", None, name)
        until("all Pods are gone", lambda: not self.kube.list("pods"))

    def close(self):
        if self.pods:
            self.pods.stop()
        if self.node:
            self.node.stop()
        super().close()


@contextlib.contextmanager
def started_rig(session):
    """Its logs are kept if a test fails meanwhile."""
    (ROOT / "build/kubelet").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=ROOT / "build/kubelet"))
    rig = Rig(folder)
    failed_before = session.testsfailed
    try:
        yield rig
    finally:
        rig.close()
        if session.testsfailed > failed_before:
            print(f"\nlogs are kept in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


class Seen:
    """What is known of one Pod."""

    def __init__(self):
        self.created = self.running = None  # seconds, by this machine's clock
        self.references = []  # its imagePullSecrets, as it was admitted
        self.reasons = set()  # why its containers waited

    @property
    def linked(self):
        return SECRET in self.references

    @property
    def refused(self):
        """Whether its image could not be pulled. Of a Secret that cannot be read the kubelet's reason is the
        reader's complaint."""
        return bool(self.reasons - {"ContainerCreating", "PodInitializing"})


class PodWatch:
    """Watches all Pods. A Pod is known by (namespace, name)."""

    def __init__(self, kube):
        self.kube = kube
        self.seen = {}
        self.over = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.over:
            try:
                for kind, pod in self.kube.watch("pods", seconds=600):
                    if kind == "ERROR" or self.over:
                        break
                    self._note(pod)
            except (OSError, http.client.HTTPException, Refused, ValueError, AttributeError):
                time.sleep(0.2)  # the API server is being restarted

    def _note(self, pod):
        key = pod["metadata"]["namespace"], pod["metadata"]["name"]
        known = self.seen.setdefault(key, Seen())
        known.created = known.created or time.monotonic()
        known.references = webhook.pull_secrets(pod["spec"])
        for status in pod.get("status", {}).get("containerStatuses", []):
            state = status.get("state", {})
            if reason := state.get("waiting", {}).get("reason"):
                known.reasons.add(reason)
            if ("running" in state or "terminated" in state) and not known.running:
                known.running = time.monotonic()

    def of(self, namespace, name=None):
        """[((namespace, name), what is known)]; all of the namespace if there is no name."""
        return [(key, seen) for key, seen in list(self.seen.items()) if key[0] == namespace and name in (None, key[1])]

    def stop(self):
        self.over = True


class Outcome:
    def __init__(self, key, seen, begun, failures, starved):
        """`key`: namespace and name. `starved`: see `starved_pods`."""
        self.key = key
        self.linked, self.ran, self.references = seen.linked, bool(seen.running), seen.references
        self.failed = sorted(seen.reasons & {"ErrImagePull", "ImagePullBackOff"}) + failures
        self.starved = bool(self.failed) and starved
        self.seconds = seen.running - begun if self.ran else None

    def __repr__(self):
        return f"{'/'.join(self.key)}: linked={self.linked} ran={self.ran} {self.failed}"


def failures_of_pulls(kube):
    """{(namespace, name): messages of Events about pulls that failed}"""
    found = {}
    for event in kube.list("events", fieldSelector="reason=Failed,involvedObject.kind=Pod"):
        if "pull" in event["message"].lower():
            pod = event["involvedObject"]
            found.setdefault((pod["namespace"], pod["name"]), []).append(event["message"])
    return found


def starved_pods(rig):
    """(namespace, name) of Pods whose Secrets the kubelet did not read: it gives the watch with which it reads them
    one second, which a machine that does much else may take longer for. Their Secrets may have been there long."""
    return set(re.findall(r'pod="([^/"]+)/([^"]*)" secret="[^"]*" err="failed to sync secret cache',
                          (rig.folder / "node/kubelet.log").read_text(errors="replace")))


def figures_of(outcomes):
    seconds = [one.seconds for one in outcomes if one.ran]
    return {"pods": len(outcomes), "linked": sum(one.linked for one in outcomes), "ran": sum(one.ran for one in outcomes),
            "failed_pulls": sum(bool(one.failed) and not one.starved for one in outcomes),
            "starved": sum(one.starved for one in outcomes),
            "seconds": [round(value, 2) for value in (min(seconds), statistics.median(seconds), max(seconds))] if seconds else []}


def pod_body(image=PRIVATE, name="app", **more):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod_spec(image, **more)}


def pod_spec(image=PRIVATE, **more):
    """In the node's network: a network of its own takes a fifth of what a Pod costs, and is nothing to a pull."""
    return {"nodeName": node.NAME, "containers": [{"name": "app", "image": image, "imagePullPolicy": "Always"}],
            "enableServiceLinks": False, "hostNetwork": True, **more}
