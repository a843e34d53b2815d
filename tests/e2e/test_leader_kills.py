"""Two replicas from the image, with the arguments of the chart: the leader is killed again and again under load.

`ACR_LEADER_KILLS=50` for as many kills (17 s each: a Lease has to run out), else two.
"""

import json
import os
import random
import subprocess
import threading
from datetime import datetime, timezone

from lab.container import Container, build_image, unpack
from lab.objects import SECRET, auths, document_of, link_raw, pull_secrets
from lab.waiting import until
from lab.world import ONE, REGION, TWO, domains_of, rrsa_entry
from test_deploy import rendered

# Longer than a Lease and a start take: the successor has time to renew.
LABORATORY = {"password_s": 90.0}
KILLS = int(os.environ.get("ACR_LEADER_KILLS", "2"))
TAKES_OVER = 60.0
DOMAINS = domains_of("one") + domains_of("two")


class Replicas:
    """Containers of one image; a killed one is replaced, as a kubelet does."""

    def __init__(self, lab, folder, arguments):
        self.lab, self.folder, self.arguments = lab, folder, arguments
        self.layout = build_image(folder / "image")["layout"]
        unpack(self.layout, "0.1.0", folder / "bundle")
        self.spec = json.loads((folder / "bundle/config.json").read_text())
        self.spec["root"]["path"] = str(folder / "bundle/rootfs")
        self.started, self.running = 0, []

    def start(self):
        self.started += 1
        name = f"acr-kills-{os.getpid()}-{self.started}"
        bundle = self.folder / name
        bundle.mkdir()
        (bundle / "config.json").write_text(json.dumps(self.spec))
        cloud = self.lab.cloud.report
        self.running.append(Container(name, self.folder / f"{name}-run", bundle, self.lab.cluster,
                                      mounts=[(cloud["ca"], "/etc/acr-credential-helper/roots.pem")],
                                      arguments=self.arguments))

    def leader(self):
        return next((one for one in self.running if one.log("leading")), None)

    def kill_leader(self):
        """How long it took until another one led, in seconds, by the machine's clock."""
        one = until("somebody leads", self.leader, TAKES_OVER)
        killed = datetime.now(timezone.utc)
        subprocess.run(["runc", "--root", str(one.state), "kill", one.name, "KILL"], check=True, capture_output=True)
        until("the killed one is gone", lambda: not one.program.running, 20)
        self.running.remove(one)
        one.remove()
        self.start()
        line = until("another one leads", self.leader, TAKES_OVER).log("leading")[0]
        return (datetime.fromisoformat(line["time"]) - killed).total_seconds()

    def remove(self):
        for one in self.running:
            one.remove()


class Witness:
    """Looks at every version of a namespace's Secret: a password for each domain, and never one that has ended."""

    def __init__(self, lab, namespace):
        self.lab, self.namespace = lab, namespace
        self.versions, self.wrong, self.ended = 0, [], threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self):
        while not self.ended.is_set():
            for event, secret in self.lab.kube.watch("secrets", self.namespace, SECRET, 5.0):
                self.versions += 1
                if event == "DELETED" or not all(all(auths(secret).get(domain, ("", ""))) for domain in DOMAINS):
                    self.wrong.append((event, "without a password"))
            rows = json.loads(self.lab.secret(self.namespace)["metadata"]["annotations"]["acr-credential-helper/instances"])
            now = datetime.now(timezone.utc)
            self.wrong += [(row["instance"], "has ended") for row in rows
                           if datetime.fromisoformat(row["expiresAt"]) < now]

    def stop(self):
        self.ended.set()
        self.thread.join()


def test_no_invariant_breaks_when_leaders_are_killed(lab, tmp_path):
    values = {"replicas": 2, "region": REGION, "extraRoots": open(lab.cloud.report["ca"]).read(),
              "endpoints": {"sts": lab.cloud.report["https"], "cr": lab.cloud.report["https"],
                            "metadata": lab.cloud.report["http"]},
              # Both share this machine's ports.
              "admission": "off", "probes": {"enabled": False}, "metrics": {"enabled": False}, "statusPage": {"enabled": False},
              "configuration": {"data": {"watch-namespace": "all", "expiring-threshold": "45s", "rrsa": {"enable": True},
                                         "acr-registry-info": [rrsa_entry(ONE), rrsa_entry(TWO)]}}}
    made = rendered(tmp_path, values)
    arguments = made["Deployment", "kube-system", "acr-credential-helper"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--leader-elect" in arguments
    lab.kube.create("configmaps", "kube-system", made["ConfigMap", "kube-system", "acr-configuration"])
    first = lab.namespace()
    link_raw(lab.kube, first, "default", ["mine"])
    replicas = Replicas(lab, tmp_path, arguments[1:])
    chance = random.Random(seed := random.randrange(2**32))
    print(f"seed {seed}")
    namespaces, gaps, witness = [first], [], None
    try:
        replicas.start()
        replicas.start()
        lab.wait_secret(first, DOMAINS, seconds=60)
        witness = Witness(lab, first)
        for _ in range(KILLS):
            # At some moment of its work: before, during or after it serves new namespaces.
            for _ in range(chance.randrange(3)):
                namespaces.append(lab.namespace())
            if chance.random() < 0.5:
                lab.wait_secret(namespaces[-1], DOMAINS, seconds=TAKES_OVER)
            namespaces.append(lab.namespace())
            gaps.append(replicas.kill_leader())
            lab.wait_secret(namespaces[-1], DOMAINS, seconds=TAKES_OVER)
            lab.wait_linked(namespaces[-1])
        for namespace in namespaces:
            lab.wait_secret(namespace, DOMAINS, seconds=TAKES_OVER)
            lab.wait_linked(namespace)
            assert document_of(lab.secret(namespace))
        assert pull_secrets(lab.account(first)) == ["mine", SECRET]
        assert replicas.running[0].stop() == 0 and replicas.running[1].stop() == 0
    finally:
        if witness:
            witness.stop()
        replicas.remove()
    assert witness.wrong == []
    print(f"{KILLS} kills, {len(namespaces)} namespaces, {witness.versions} versions of one Secret; "
          f"another one led {sorted(gaps)[len(gaps) // 2]:.1f} s after a kill (median), at most {max(gaps):.1f} s")
