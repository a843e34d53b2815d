"""A cold start of the helper against the floor: the same writes and nothing else."""

import json
import os
import statistics
import subprocess
import time

from arena import TICKS, Arena, measure_helper, writes
from lab import ROOT
from lab.cluster import counted

FLOOR = ROOT / "build/release/tools/bench/bench-floor"


def median(values):
    return statistics.median(values)


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
        if seen := last.get("idle"):
            print(f"idle, for {seen['seconds']:.0f} s: {seen['cpu_seconds']:.2f} s of CPU "
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
