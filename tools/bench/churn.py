"""What watching costs while others change what is in scope, and whether memory stays flat."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from arena import Arena, finished, spent, status_of
from cold_start import FLOOR
from lab.kube import path_of
from lab.objects import create_namespace
from lab.waiting import until

NAMESPACES_A_PHASE = 100  # that come and go


class Churn:
    def __init__(self, options, folder):
        self.options = options
        self.arena = Arena(folder / "arena", options.namespaces, options.cluster, accounts=2)
        self.other = self.another_client(folder / "other.kubeconfig")

    def another_client(self, path):
        """The kubeconfig of an account that may change annotations: the helper's own may not."""
        kube, name = self.arena.lab.kube, "another-client"
        kube.create("serviceaccounts", "kube-system", {"metadata": {"name": name}})
        kube.do("POST", path_of("clusterrolebindings"), {
            "metadata": {"name": name}, "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "kube-system"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}})
        path.parent.mkdir(parents=True, exist_ok=True)
        return self.arena.lab.cluster.kubeconfig_of(name, path)

    def change_accounts(self):
        """Another client changes an account in scope, here and there. Its own figures."""
        count = self.options.rate * self.options.seconds
        run = subprocess.run([FLOOR, "--kubeconfig", self.other, "--foreign", str(count),
                              "--rate", str(self.options.rate), "--account", "robot-1"],
                             input="\n".join(name for name in self.arena.namespaces if name.startswith("team-")) + "\n",
                             stdout=subprocess.PIPE, text=True, check=False, timeout=600)
        told = json.loads(run.stdout or "{}")
        assert run.returncode == 0 and told["failed"] == 0, told
        return told

    def namespaces_come_and_go(self, helper, phase):
        kube = self.arena.lab.kube

        def one(number):
            name = create_namespace(kube, f"passing-{phase}-{number}")
            helper.wait_served(name)
            kube.delete("namespaces", None, name)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one, range(NAMESPACES_A_PHASE)))

    def run(self):
        try:
            helper = self.arena.lab.helper()
            until("all is written", lambda: finished(helper, len(self.arena.namespaces)), 300)
            for phase in range(1, self.options.phases + 1):
                before, begun = spent(helper.pid)[0], time.time()
                told = self.change_accounts()
                share = (spent(helper.pid)[0] - before) / told["seconds"]
                asked = len(self.arena.requests(begun))
                self.namespaces_come_and_go(helper, phase)
                memory = status_of(helper.pid)
                print(f"phase {phase}: {told['requests'] / told['seconds']:.0f} changes/s for {told['seconds']:.0f} s: "
                      f"{100 * share:.1f} % of a core, {asked} requests of the helper; after {NAMESPACES_A_PHASE} namespaces "
                      f"that came and went: {memory['VmRSS'] / 1024:.1f} MB, {memory['RssAnon'] / 1024:.1f} anonymous",
                      flush=True)
            self.arena.verify()
            assert helper.stop() == 0
        finally:
            self.arena.lab.remove()
