"""What happens in the life of a helper that serves many namespaces: new ones, a restart, a renewal."""

import multiprocessing
import statistics
import subprocess
import time

from arena import Arena, finished, seconds_of
from lab.cluster import counted
from lab.helper import PROGRAM
from lab.kube import Kube
from lab.objects import CONFIG, HELPER_USER, create_namespace
from lab.waiting import until

WRITE_EVERY_S = 0.2  # of a renewal: actors/writer/write_spreading.hpp
PROBE_EVERY_S = 0.01


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Probe(multiprocessing.Process):
    """Another client of the server, which asks for one object all the time. A process of its own: a thread would
    wait for whatever else is done here, and show that."""

    def __init__(self, kubeconfig):
        super().__init__(daemon=True)
        self.kubeconfig, self.ended = kubeconfig, multiprocessing.Event()
        self.told, self.tells = multiprocessing.Pipe(duplex=False)

    def run(self):
        kube, seen = Kube(self.kubeconfig), []
        while not self.ended.wait(PROBE_EVERY_S):
            begun = time.time()
            kube.find("configmaps", "kube-system", CONFIG)
            seen.append((begun, time.time() - begun))
        self.tells.send(seen)

    def finish(self):
        """[(when, seconds)]"""
        self.ended.set()
        seen = self.told.recv()
        self.join()
        return seen


class Life:
    def __init__(self, options, folder):
        self.options = options
        # Renewed at half its life, and then a quarter of the rest is time enough for all.
        self.password_s = max(60.0, options.namespaces * WRITE_EVERY_S * 8 * 1.2) if options.renewal else 3600.0
        self.arena = Arena(folder / "arena", options.namespaces, options.cluster, password_s=self.password_s)

    def start(self, **options):
        begun = time.time()
        helper = self.arena.lab.helper(**options)
        count = len(self.arena.namespaces)
        until("all are served", lambda: len(helper.log("namespace_served")) >= count, 300)
        return helper, begun

    def run(self):
        try:
            helper, begun = self.start()
            until("all is written", lambda: finished(helper, len(self.arena.namespaces)), 300)
            if self.options.renewal:
                self.renewal(begun)
            self.new_namespaces(helper)
            if self.options.renewal:
                self.live_longer()
            assert helper.stop() == 0
            self.restart()
        finally:
            self.arena.lab.remove()

    def renewal(self, begun):
        """By its timer, while another client asks for something."""
        cloud = self.arena.lab.cloud
        mark, quiet_from = cloud.mark(), time.time()
        probe = Probe(self.arena.lab.cluster.folder / "admin.kubeconfig")
        probe.start()
        count = len(self.arena.namespaces)
        until("it renews", lambda: cloud.calls("GetAuthorizationToken", since=mark), self.password_s)
        renewed_at = time.time()

        def patches():
            return [one for one in self.arena.requests(renewed_at - 0.5) if one.verb == "patch"]

        until("all is renewed", lambda: time.sleep(5) or len(patches()) >= count, 300)
        seen = probe.finish()
        written = patches()
        first, last = written[0].received, max(one.ended for one in written)
        quiet = [seconds for when, seconds in seen if quiet_from <= when <= renewed_at - 0.5]
        busy = [seconds for when, seconds in seen if first <= when <= last]
        print(f"renewal of {count} namespaces: {counted(written)}, {len(cloud.calls(since=mark))} cloud calls; "
              f"spread over {last - first:.1f} s, the last {begun + self.password_s - last:.0f} s before the old ones end")
        for name, of in (("median", statistics.median), ("99th percentile", lambda all_: percentile(all_, 0.99))):
            print(f"  another client, {name}: {of(quiet) * 1000:.2f} ms before ({len(quiet)} requests), "
                  f"{of(busy) * 1000:.2f} ms meanwhile ({len(busy)}): ratio {of(busy) / of(quiet):.2f}")

    def new_namespaces(self, helper):
        """One after the other. From the moment that the default account exists to the end of the second write;
        compared with the time that the server takes for these two writes."""
        since = time.time()
        names = []
        for number in range(self.options.new):
            names.append(create_namespace(self.arena.lab.kube, f"new-{number}"))
            helper.wait_served(names[-1])
        ours = {}
        for one in self.arena.requests(since):
            if one.verb == "patch" and one.namespace in names:
                ours.setdefault(one.namespace, []).append(one)
        born = {record["objectRef"]["namespace"]: seconds_of(record["stageTimestamp"])
                for record in self.arena.lab.cluster.audit()
                if record["verb"] == "create" and record["objectRef"].get("resource") == "serviceaccounts"
                and record["stage"] == "ResponseComplete"}
        took, floor, noticed, ahead = [], [], [], []
        for name in names:
            # The Secret may come first: it is written when the Namespace is seen, the link once the account is there.
            by_kind = {one.resource: one for one in ours[name]}
            assert len(ours[name]) == 2 and set(by_kind) == {"serviceaccounts", "secrets"}, ours[name]
            took.append(max(one.ended for one in ours[name]) - born[name])
            floor.append(sum(one.ended - one.received for one in ours[name]))
            noticed.append(by_kind["serviceaccounts"].received - born[name])
            ahead.append(by_kind["serviceaccounts"].received - by_kind["secrets"].received)
        print(f"{len(names)} new namespaces beside {len(self.arena.namespaces)}, from the default account to the end of "
              "the second write:")
        for name, share in (("median", 0.5), ("99th percentile", 0.99)):
            mine, least = percentile(took, share), percentile(floor, share)
            print(f"  {name}: {mine * 1000:.1f} ms; the server's part of the two writes {least * 1000:.1f} ms: "
                  f"ratio {mine / least:.2f}")
        print(f"  medians, as the server sees it: {statistics.median(noticed) * 1000:.2f} ms from the account to its link, "
              f"the Secret {statistics.median(ahead) * 1000:.2f} ms before that")
        self.arena.namespaces += names

    def live_longer(self):
        """Passwords that need not be renewed while a restart is measured."""
        lab = self.arena.lab
        lab.cloud.change(lab.world(password_s=3600.0))
        since = time.time()
        subprocess.run([PROGRAM, "renew", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        count = len(self.arena.namespaces)
        until("all are renewed", lambda: len({one.namespace for one in self.arena.requests(since)
                                              if one.resource == "secrets"}) >= count, 60)
        time.sleep(1)

    def restart(self):
        """With everything right."""
        kube = self.arena.lab.kube
        begun = time.time()
        for kind in ("namespaces", "serviceaccounts", "secrets"):
            kube.list(kind)
        lists = time.time() - begun
        helper, begun = self.start(log_level="debug")  # names each, as found
        ready = max(seconds_of(line["time"]) for line in helper.log("namespace_served")) - begun
        time.sleep(5)
        requests = counted(self.arena.lab.cluster.requests(HELPER_USER, begun))
        writes = sum(number for text, number in requests.items() if text.startswith("patch "))
        print(f"restart: all known {ready * 1000:.0f} ms after the start; a client in Python lists the same in "
              f"{lists * 1000:.0f} ms; {writes} writes to namespaces; {requests}")
        assert helper.stop() == 0
