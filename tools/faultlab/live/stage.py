"""The programs of a scenario, and what can be done to them."""

import base64
import json
import signal
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from lab import cluster as clusters
from lab import helper as helpers
from lab import objects
from lab.cloud import Cloud
from lab.kube import Refused
from lab.process import Program
from lab.world import KEY_ID, KEY_SECRET

from .proxy import FaultProxy
from .scenario import NotLive
from .world import cloud_world, entries, instance_id

SECRET = objects.SECRET


def port_of(url):
    return urlsplit(url).port


class Stage:
    """One world, at work between `begin` and `end`. `api` and `cloud` of the helper go through proxies; people and
    judges do not."""

    def __init__(self, about, folder, cluster="kubesim"):
        self.about = about
        self.folder = folder
        self.helper = None
        self.starts = 0
        self.exit_codes = []
        self.logs = []
        self.faults = {}
        self.wanted = {key: about.world[key] for key in ("instances", "scope", "accounts", "threshold")}
        self.cluster = clusters.make(cluster, folder / "cluster")
        self.cloud = Cloud(folder / "cloud")
        self.proxies = {}

    def begin(self):
        self.cluster.start()
        most = max([int(self.about.world["instances"])]
                   + [int(item.more.get("instances", 0)) for item in self.about.timeline])
        self.cloud.start(cloud_world(self.about.world, most, self.cluster))
        for name, url in (("api", self.cluster.server), ("cloud", self.cloud.report["https"])):
            self.proxies[name] = FaultProxy("127.0.0.1", port_of(url))
        self.trust = ssl.create_default_context(cafile=self.cloud.report["ca"])
        config = yaml.safe_load(self.cluster.helper_kubeconfig.read_text())
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{self.proxies['api'].port}"
        self.kubeconfig = self.folder / "proxied.kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(config))
        self.configure({})
        for number in range(int(self.about.world["namespaces"])):
            objects.create_namespace(self.cluster.admin, f"team-{number}")
        self.start_helper()

    def end(self):
        """Ends all; the exit code of the helper."""
        try:
            if self.helper:
                if not self.helper.running:
                    self.exit_codes.append(f"it ended by itself: {self.helper.output()[-500:]}")
                else:
                    self.helper.send(signal.SIGCONT)
                    self.exit_codes.append(self.helper.stop(seconds=20))
        finally:
            for proxy in self.proxies.values():
                proxy.stop()
            self.cloud.stop()
            self.cluster.stop()

    # The helper.

    def start_helper(self):
        self.starts += 1
        cloud = f"https://127.0.0.1:{self.proxies['cloud'].port}"
        command = [helpers.PROGRAM, "run", "--kubeconfig", self.kubeconfig, "--log-format", "json", "--region",
                   "cn-hangzhou", "--sts-endpoint", cloud, "--cr-endpoint", cloud, "--metadata-endpoint",
                   self.cloud.report["http"], "--ca-file", self.cloud.report["ca"]]
        if files := self.about.live.get("files"):
            command = ["prlimit", f"--nofile={files}:{files}", *command]
        if self.about.live.get("log") == "full":  # every write fails: no space left on device
            command = ["sh", "-c", 'exec "$0" "$@" 2>/dev/full', *command]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID,
                       "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}
        self.helper = Program(f"helper-{self.starts}", command, self.folder, environment)
        self.logs.append(self.helper.stderr_path)

    # What a Pod would find.

    def pulls(self, host, number, secret):
        """"works", "refused" or "anonymous", as the registry of the instance judges it."""
        user, password = objects.auths(secret).get(host, ("", "")) if secret else ("", "")
        if not password:
            return "anonymous"
        request = urllib.request.Request(
            f"{self.cloud.report['https']}/auth?service={instance_id(number)}&scope=repository:team/app:pull",
            headers={"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()})
        try:
            with urllib.request.urlopen(request, context=self.trust, timeout=10):
                return "works"
        except urllib.error.HTTPError as refused:
            if refused.code != 401:
                raise
            return "refused"

    # What happens.

    def act(self, item):
        if item.where in self.proxies and self.proxies[item.where].disturb(item.how, float(item.more.get("level", 0.2))):
            return
        {"cloud": self.on_cloud, "api": self.on_api, "helper": self.on_helper, "do": self.act_as_people}[item.where](item)

    def undo(self, item):
        if item.where == "helper":
            if item.how == "freeze":
                self.helper.send(signal.SIGCONT)
            else:
                self.start_helper()
        elif id(item) in self.faults:
            self.faults.pop(id(item))()
        elif item.where in self.proxies:
            self.proxies[item.where].mend()

    def on_cloud(self, item):
        more = {key: value for key, value in item.more.items() if key not in ("operation", "instance")}
        match = {"instance": instance_id(item.more["instance"])} if "instance" in item.more else None
        fault = self.cloud.fault(item.how, item.more.get("operation", ""), match, **more)
        self.faults[id(item)] = lambda: self.cloud.mend(fault)

    def on_api(self, item):
        if item.how == "restart":
            self.cluster.restart()
        elif item.how == "compact":
            self.cluster.compact()
        elif not hasattr(self.cluster, "administer"):
            raise NotLive(f"{item}: the real API server has no such fault")
        else:
            match = {"user": objects.HELPER_USER}
            match |= {key: item.more[key] for key in ("verb", "resource", "namespace", "name") if key in item.more}
            more = {key: item.more[key] for key in ("status", "retry_after", "ms", "times") if key in item.more}
            fault = self.cluster.administer("POST", "/faults", {"kind": item.how, "match": match, **more})["id"]
            self.faults[id(item)] = lambda: self.cluster.administer("DELETE", f"/faults/{fault}")

    def on_helper(self, item):
        if item.how == "crash":
            self.helper.kill()
        elif item.how == "stop":
            self.exit_codes.append(self.helper.stop(seconds=20))
        elif item.how == "freeze":
            self.helper.send(signal.SIGSTOP)
        else:
            raise NotLive(f"{item}: only virtual time has that")
        if item.how != "freeze" and not item.lasts:
            self.start_helper()

    def configure(self, more):
        for key in self.wanted:
            if key in more:
                self.wanted[key] = more[key]
        objects.configure(self.cluster.admin, entries(self.about.world, int(self.wanted["instances"])),
                          watch_namespace=self.wanted["scope"], service_account=self.wanted["accounts"],
                          expiring_threshold=f"{round(float(self.wanted['threshold']))}s",
                          **({} if self.about.world["identity"] == "key" else {"rrsa": "enable: true"}))

    def act_as_people(self, item):
        kube = self.cluster.admin
        space, account = item.more.get("namespace", "team-0"), item.more.get("account", "default")
        secret = item.more.get("secret", SECRET)
        deeds = {
            "configure": lambda: self.configure(item.more),
            "break-config": lambda: kube.merge("configmaps", "kube-system", objects.CONFIG,
                                               {"data": {"acr-registry-info": f"- instanceId: [ # {time.time()}"}}),
            "remove-config": lambda: kube.delete("configmaps", "kube-system", objects.CONFIG),
            "restore-config": lambda: self.configure({}),
            "create-namespace": lambda: kube.create("namespaces", None, {"metadata": {"name": space}}),
            "delete-namespace": lambda: kube.delete("namespaces", None, space),
            "create-account": lambda: kube.create("serviceaccounts", space, {"metadata": {"name": account}}),
            "delete-account": lambda: kube.delete("serviceaccounts", space, account),
            "delete-secret": lambda: kube.delete("secrets", space, secret),
            "edit-secret": lambda: kube.merge("secrets", space, secret,
                                              {"data": {".dockerconfigjson": base64.b64encode(b'{"auths":{}}').decode()}}),
            "unlink": lambda: kube.merge("serviceaccounts", space, account, {"imagePullSecrets": None}),
            "add-pull-secret": lambda: objects.retrying(lambda: self.add_reference(space, account, item.more)),
            "replace-pull-secrets": lambda: objects.link_raw(kube, space, account, ["other-a", "other-b"]),
        }
        if item.how not in deeds:
            raise NotLive(f"{item}: nobody knows how to do that here")
        try:
            deeds[item.how]()
        except Refused as refused:  # there may be nothing to delete, or already what is to be made
            print(f"  {item}: {refused}", file=sys.stderr)

    def add_reference(self, space, account, more):
        seen = self.cluster.admin.get("serviceaccounts", space, account)
        items = [{"name": more.get("name", "team-registry")}, *seen.get("imagePullSecrets", [])]
        self.cluster.admin.replace("serviceaccounts", space, seen | {"imagePullSecrets": items})


def log_lines(path):
    """What the helper has logged, as dictionaries."""
    found = []
    for line in Path(path).read_text(errors="replace").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append({"event": "", "message": line})
    return found
