"""A fresh API server with namespaces, a helper on it, and what a process costs."""

import os
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/e2e"))

from lab.cluster import counted, seconds_of  # noqa: E402
from lab.laboratory import Laboratory  # noqa: E402
from lab.objects import HELPER_USER, SECRET, docker_secret, document_of, pull_secrets  # noqa: E402
from lab.waiting import until  # noqa: E402
from lab.world import ONE, entry, instance  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


class Arena:
    """A fresh server with fresh namespaces, on which measurements are made."""

    def __init__(self, folder, count, cluster="real", accounts=1, instances=2, **lifetimes):
        self.lab = Laboratory(folder, cluster=cluster, **lifetimes)
        # Both editions: one of them a single answer, the others with their lists of endpoints.
        self.entries = [entry(ONE), entry(), *self.more_instances(instances - 2)]
        self.lab.configure(self.entries, watch_namespace="all",
                           service_account="default" if accounts == 1 else "*")

        def make(name):
            self.lab.kube.create("namespaces", None, {"metadata": {"name": name}})
            for number in range(1, accounts):
                self.lab.kube.create("serviceaccounts", name, {"metadata": {"name": f"robot-{number}"}})

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(make, [f"team-{number}" for number in range(1, count + 1)]))
        self.namespaces = sorted(item["metadata"]["name"] for item in self.lab.kube.list("namespaces"))
        until("every namespace has its default account", lambda: len(self.accounts()) == len(self.namespaces), 60)
        self.warm()
        self.settle()

    def more_instances(self, count):
        """Entries for that many more instances in the simulated cloud."""
        if count < 1:
            return []
        world, names = self.lab.world(), [f"many{number:013}" for number in range(1, count + 1)]
        world["accounts"][0]["instances"] += [instance(f"cri-{name}", name) for name in names]
        self.lab.cloud.change(world)
        return [entry(f"cri-{name}") for name in names]

    def warm(self):
        """A server builds much of what it needs for a kind of write when the first one comes. That is no
        part of either measurement: a server that has run for a while has it."""
        kube = self.lab.kube
        kube.create("serviceaccounts", "default", {"metadata": {"name": "warm-up"}})
        for number in range(20):
            value = [{"name": f"warm-up-{number}"}]
            kube.json_patch("serviceaccounts", "default", "warm-up",
                            [{"op": "add", "path": "/imagePullSecrets", "value": value}])
            kube.apply("secrets", "default", {"apiVersion": "v1", "kind": "Secret"} | docker_secret(value[0]["name"]))

    def settle(self):
        """Waits until the controllers have finished with the new namespaces."""
        log = self.lab.folder / "cluster/audit.log"
        last, since, deadline = -1, time.monotonic(), time.monotonic() + 10
        while time.monotonic() < min(since + 1.0, deadline):
            size = log.stat().st_size
            if size != last:
                last, since = size, time.monotonic()
            time.sleep(0.1)

    def accounts(self):
        return {item["metadata"]["namespace"]: item
                for item in self.lab.kube.list("serviceaccounts", fieldSelector="metadata.name=default")}

    def secrets(self):
        return {item["metadata"]["namespace"]: item
                for item in self.lab.kube.list("secrets", fieldSelector=f"metadata.name={SECRET}")}

    def verify(self):
        """Every namespace is linked once and holds the Secret."""
        accounts, secrets = self.accounts(), self.secrets()
        for name in self.namespaces:
            assert pull_secrets(accounts[name]) == [SECRET], f"{name} is not linked"
            assert document_of(secrets[name])["auths"], f"{name} has no Secret"

    def requests(self, since):
        """Of the helper's account. The cluster has used it itself before, to see whether its grants were in force."""
        return self.lab.cluster.requests(HELPER_USER, since)


def writes(requests, begun):
    """When the first write arrived and the last was answered, in seconds after `begun`."""
    patches = [request for request in requests if request.verb == "patch"]
    return {"first_request": requests[0].received - begun, "first_write": patches[0].received - begun,
            "last_write": max(request.ended for request in patches) - begun}


def status_of(pid):
    """The fields of /proc/PID/status in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: int(value.split()[0]) for name, value in (line.split(":", 1) for line in lines)
            if value.strip().endswith(" kB")}


def spent(pid):
    """(CPU seconds, switches of all threads) of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    wakes = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                wakes += int(line.split()[1])
    return (int(fields[11]) + int(fields[12])) / TICKS, wakes


def observe(arena, helper, seconds):
    """What the helper costs while nothing happens."""
    before, wakes_before = spent(helper.pid)
    begun, mark = time.time(), arena.lab.cloud.mark()
    time.sleep(seconds)
    after, wakes = spent(helper.pid)
    return {"seconds": time.time() - begun, "cpu_seconds": after - before, "wakes": wakes - wakes_before,
            "cloud_calls": len(arena.lab.cloud.calls(since=mark)),
            "requests": counted(arena.requests(begun))}


def finished(helper, count):
    """When everything had been written, as the helper logs it; None if it has not been yet."""
    total = 0
    for line in helper.log("secrets_written"):
        total += line["secrets"]
        if total >= count and line["namespaces"] == count:
            return seconds_of(line["time"])
    return None


def measure_helper(arena, idle_seconds):
    """From the start of the process to the line that says that every namespace is up to date."""
    mark = arena.lab.cloud.mark()
    begun = time.time()
    helper = arena.lab.helper()
    done = until("everything is written", lambda: finished(helper, len(arena.namespaces)), 300)
    memory = status_of(helper.pid)
    cpu_seconds = spent(helper.pid)[0]
    calls = Counter(call["operation"] for call in arena.lab.cloud.calls(since=mark))
    result = {"seconds": done - begun, "peak_kb": memory["VmHWM"], "rss_kb": memory["VmRSS"],
              "anonymous_kb": memory["RssAnon"], "cpu_seconds": cpu_seconds,
              "cloud_calls": dict(calls)}
    arena.verify()
    if idle_seconds:
        result["idle"] = observe(arena, helper, idle_seconds)
    assert helper.stop() == 0, "the helper did not stop in an orderly way"
    requests = [request for request in arena.requests(begun) if request.received <= done]
    result |= {"requests": counted(requests), **writes(requests, begun)}
    return result
