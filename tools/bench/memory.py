"""What the helper keeps in memory in each state that lasts: the peak is what a limit has to allow."""

import subprocess

from arena import Arena, finished, status_of
from lab.helper import PROGRAM
from lab.waiting import until
from lab.world import entry

FAILING = 6


class Memory:
    """50 instances in 2 000 namespaces of the simulated API server, by default."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.arena = None

    def tell(self, state, helper):
        found = status_of(helper.pid)
        print(f"{state:34s} {found['VmHWM'] / 1024:7.1f} MB at its peak, {found['VmRSS'] / 1024:6.1f} MB after, "
              f"{found['RssAnon'] / 1024:6.1f} MB anonymous", flush=True)

    def ended(self, helper):
        assert helper.stop() == 0, "the helper did not stop in an orderly way"

    def run(self):
        options = self.options
        self.arena = Arena(self.folder / "arena", options.namespaces, "kubesim", instances=options.instances)
        try:
            self.states(self.arena.lab, len(self.arena.namespaces))
        finally:
            self.arena.lab.remove()

    def states(self, lab, count):
        helper = lab.helper()
        until("everything is written", lambda: finished(helper, count), 600)
        self.tell("all good, from nothing", helper)
        before = self.versions()
        subprocess.run([PROGRAM, "renew", "--kubeconfig", lab.cluster.helper_kubeconfig.with_name("admin.kubeconfig")],
                       check=True, capture_output=True, timeout=300)
        until("everything is renewed", lambda: not before & self.versions(), 600)
        steady(helper)
        self.tell("all good, after a renewal", helper)
        self.ended(helper)

        helper = lab.helper("--leader-elect")
        until("every instance has a password", lambda: len(helper.log("token_issued")) >= self.options.instances, 120)
        steady(helper)
        self.tell("restart", helper)
        standby = lab.helper("--leader-elect")
        standby.wait_log("standing_by", 60)
        steady(standby)
        self.tell("standby", standby)
        self.ended(standby)
        self.ended(helper)

        missing = [f"cri-missing{number:09}" for number in range(FAILING)]
        lab.configure([*self.arena.entries[:-FAILING], *map(entry, missing)], watch_namespace="all")
        helper = lab.helper()
        until("those that fail are reported",
              lambda: len({line["instance"] for line in helper.log("token_failed")}) >= FAILING, 120)
        steady(helper)
        self.tell("six failing entries, restart", helper)
        self.ended(helper)

    def versions(self):
        return {item["metadata"]["resourceVersion"] for item in self.arena.secrets().values()}


def steady(helper):
    """Waits until its peak has been the same in thirty looks in a row."""
    seen = []

    def same():
        seen.append(status_of(helper.pid)["VmHWM"])
        return len(seen) > 30 and len(set(seen[-30:])) == 1
    until("its memory is steady", same, 120)
