"""Cold start of the helper against the floor; see tools/bench/run, which builds what this needs."""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/e2e"))

from lab import ROOT  # noqa: E402
from lab.cluster import counted, seconds_of  # noqa: E402
from lab.laboratory import Laboratory  # noqa: E402
from lab.objects import HELPER_USER, SECRET, docker_secret, document_of, pull_secrets  # noqa: E402
from lab.waiting import until  # noqa: E402
from lab.world import ONE, entry  # noqa: E402

FLOOR = ROOT / "build/release/tools/bench/bench-floor"
TICKS = os.sysconf("SC_CLK_TCK")
# The time-outs of requests that were answered long ago still pass, within half a minute. Idle is what
# comes after.
AFTERMATH_S = 45


def median(values):
    return statistics.median(values)


class Arena:
    """A fresh server with fresh namespaces, on which one measurement is made."""

    def __init__(self, folder, count):
        self.lab = Laboratory(folder)
        # Both editions: one of them a single answer, the other one with its list of endpoints.
        self.lab.configure([entry(ONE), entry()], watch_namespace="all")
        names = [f"team-{number}" for number in range(1, count + 1)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: self.lab.kube.create(
                "namespaces", None, {"metadata": {"name": name}}), names))
        self.namespaces = sorted(item["metadata"]["name"] for item in self.lab.kube.list("namespaces"))
        until("every namespace has its default account", lambda: len(self.accounts()) == len(self.namespaces), 60)
        self.warm()
        self.settle()

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
        result["aftermath"] = observe(arena, helper, AFTERMATH_S)
        result["idle"] = observe(arena, helper, idle_seconds)
    assert helper.stop() == 0, "the helper did not stop in an orderly way"
    requests = [request for request in arena.requests(begun) if request.received <= done]
    result |= {"requests": counted(requests), **writes(requests, begun)}
    return result


def measure_floor(arena, pattern, in_flight):
    """From the first connect to the last answer."""
    begun = time.time()
    run = subprocess.run([FLOOR, "--kubeconfig", arena.lab.cluster.helper_kubeconfig, "--secret", pattern,
                          "--in-flight", str(in_flight)], input="\n".join(arena.namespaces) + "\n",
                         stdout=subprocess.PIPE, text=True, check=False, timeout=300)
    result = json.loads(run.stdout or "{}")
    assert run.returncode == 0 and result["connections"] == 1 and result["http2"], result
    arena.verify()
    requests = arena.requests(begun)
    return result | {"requests": counted(requests), **writes(requests, begun)}


class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.pattern = folder / "secret.json"
        self.helper, self.floor = [], []

    def on_fresh_server(self, name, measure):
        arena = Arena(self.folder / name, self.options.namespaces)
        try:
            return measure(arena)
        finally:
            arena.lab.remove()

    def round(self, number):
        idle = self.options.idle_seconds if number == self.options.rounds else 0

        def helper(arena):
            self.helper.append(measure_helper(arena, idle))
            # The floor writes the very Secret that the helper wrote.
            self.pattern.write_text(json.dumps(arena.secrets()[arena.namespaces[-1]]))

        def floor(arena):
            self.floor.append(measure_floor(arena, self.pattern, self.options.in_flight))

        order = [("helper", helper), ("floor", floor)]
        for name, measure in order if number % 2 else reversed(order):
            self.on_fresh_server(f"{name}-{number}", measure)
        one, other = self.helper[-1]["seconds"], self.floor[-1]["seconds"]
        print(f"round {number}: helper {one:6.3f} s, floor {other:6.3f} s, ratio {one / other:.2f}", flush=True)

    def report(self):
        last, floor = self.helper[-1], self.floor[-1]
        best = [min(run["seconds"] for run in runs) for runs in (self.helper, self.floor)]
        helper_s = median([run["seconds"] for run in self.helper])
        floor_s = median([run["seconds"] for run in self.floor])
        ratios = sorted(run["seconds"] / base["seconds"] for run, base in zip(self.helper, self.floor))
        span = [median([run["last_write"] - run["first_write"] for run in runs]) for runs in (self.helper, self.floor)]
        first_request = median([run["first_request"] for run in self.helper])
        first_write = median([run["first_write"] for run in self.helper])
        print(f"\nmedians: helper {helper_s:.3f} s, floor {floor_s:.3f} s: ratio {helper_s / floor_s:.2f}"
              f" (rounds {ratios[0]:.2f} to {ratios[-1]:.2f})")
        print(f"best of {len(self.helper)}: helper {best[0]:.3f} s, floor {best[1]:.3f} s: ratio {best[0] / best[1]:.2f}")
        print(f"writes alone (first received to last answered, audit log): helper {span[0]:.3f} s, "
              f"floor {span[1]:.3f} s: ratio {span[0] / span[1]:.2f}")
        print(f"helper: first request {first_request * 1000:.0f} ms after its start, "
              f"first write {first_write * 1000:.0f} ms")
        for name, run in (("helper", last), ("floor", floor)):
            print(f"API requests, {name}: {sum(run['requests'].values())} "
                  f"({', '.join(f'{text}: {number}' for text, number in run['requests'].items())})")
        print(f"cloud calls: {', '.join(f'{name}: {number}' for name, number in last['cloud_calls'].items())}")
        print(f"memory: peak {max(run['peak_kb'] for run in self.helper) / 1024:.1f} MB, "
              f"{last['anonymous_kb'] / 1024:.1f} MB of it anonymous; CPU of a cold start {last['cpu_seconds']:.2f} s")
        for name, text in (("aftermath", "after the start"), ("idle", "idle")):
            if seen := last.get(name):
                print(f"{text}, for {seen['seconds']:.0f} s: {seen['cpu_seconds']:.2f} s of CPU "
                      f"({100 * seen['cpu_seconds'] / seen['seconds']:.3f} % of a core, counted in {1000 / TICKS:.0f} ms), "
                      f"{seen['wakes'] / seen['seconds']:.2f} wake-ups/s of its threads, "
                      f"{sum(seen['requests'].values())} API requests, {seen['cloud_calls']} cloud calls")
        if self.options.json:
            self.options.json.write_text(json.dumps(
                {"namespaces": self.options.namespaces, "in_flight": self.options.in_flight,
                 "ratio": helper_s / floor_s,
                 "ratio_of_best": best[0] / best[1], "helper": self.helper, "floor": self.floor}, indent=1) + "\n")

    def run(self):
        print(f"{self.options.namespaces} namespaces beside the server's own, {self.options.in_flight} in flight; "
              f"{os.cpu_count()} cores for server and client; load average {os.getloadavg()[0]:.1f}", flush=True)
        for number in range(1, self.options.rounds + 1):
            self.round(number)
        print(f"load average at the end: {os.getloadavg()[0]:.1f}")
        self.report()


def end_on_termination(number, _frame):
    raise KeyboardInterrupt(f"signal {number}")


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/run")
    parser.add_argument("--namespaces", type=positive, default=200)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--in-flight", type=positive, default=24)
    parser.add_argument("--idle-seconds", type=int, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, end_on_termination)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
    try:
        Bench(options, folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
