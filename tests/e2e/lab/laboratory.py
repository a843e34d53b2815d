"""A cluster, a cloud and the helpers that run against them; shared by the tests and the demo."""

import contextlib
import itertools
import json
import shutil

from . import cluster as clusters
from . import objects
from .cloud import Cloud
from .helper import Helper
from .registry import Registry
from .waiting import until
from .world import world


class Laboratory:
    """Everything lives in one folder; `close` ends all of it."""

    def __init__(self, folder, watch_cache=True, registry=False, cloud_arguments=(), cluster="real",
                 workloads=False, server_flags=(), **lifetimes):
        self.folder = folder
        self.helpers = []
        self.numbers = itertools.count(1)
        self.cluster = clusters.make(cluster, folder / "cluster", watch_cache, workloads=workloads,
                                     server_flags=server_flags)
        self.cloud = Cloud(folder / "cloud")
        self.registry = Registry(folder / "registry") if registry else None
        try:
            self.cluster.start()
            self.cloud.start(self.world(**lifetimes), *cloud_arguments)
        except BaseException:
            self.close()
            raise

    def world(self, **lifetimes):
        return world(self.cluster.server, self.cluster.ca,
                     registry_domain=self.registry.host if self.registry else None, **lifetimes)

    @property
    def kube(self):
        """The cluster, with all rights."""
        return self.cluster.admin

    def namespace(self, *accounts, stem="ns"):
        """A new namespace of its own name."""
        return objects.create_namespace(self.kube, f"{stem}-{next(self.numbers)}", accounts)

    def configure(self, instances, **keys):
        return objects.configure(self.kube, instances, **keys)

    def helper(self, *arguments, kubeconfig=None, **options):
        """Starts the helper; with the usual account unless a kubeconfig says otherwise."""
        helper = Helper(f"helper-{next(self.numbers)}", self.folder / "helpers",
                        kubeconfig or self.cluster.helper_kubeconfig, self.cloud, arguments, **options)
        self.helpers.append(helper)
        return helper

    def secret(self, namespace, name=objects.SECRET):
        return self.kube.find("secrets", namespace, name)

    def account(self, namespace, name="default"):
        return self.kube.find("serviceaccounts", namespace, name)

    def wait_secret(self, namespace, domains, seconds=20.0):
        """Waits for a Secret of ours with a password for each of the domains."""
        return self.kube.wait(f"the Secret in {namespace} has passwords for {domains}",
                              lambda secret: objects.has_passwords(secret, domains),
                              "secrets", namespace, objects.SECRET, seconds)

    def wait_linked(self, namespace, account="default", seconds=20.0):
        """Waits for our entry, exactly once, in the account's imagePullSecrets."""
        return self.kube.wait(f"{namespace}/{account} is linked once",
                              lambda found: objects.pull_secrets(found).count(objects.SECRET) == 1,
                              "serviceaccounts", namespace, account, seconds)

    def wait_unlinked(self, namespace, account="default", seconds=20.0):
        return self.kube.wait(f"{namespace}/{account} is not linked",
                              lambda found: objects.SECRET not in objects.pull_secrets(found),
                              "serviceaccounts", namespace, account, seconds)

    def wait_no_secret(self, namespace, seconds=20.0):
        self.kube.wait(f"{namespace} has no Secret of ours", lambda found: found is None,
                       "secrets", namespace, objects.SECRET, seconds)

    def requests(self, since=0):
        """The helper's requests to the API server, as audited: (verb, resource, namespace, name, code)."""
        return [(record["verb"], record["objectRef"]["resource"], record["objectRef"].get("namespace", ""),
                 record["objectRef"].get("name", ""), record["responseStatus"]["code"])
                for record in self.cluster.audit(objects.HELPER_USER)[since:]
                if record["stage"] == "ResponseComplete" and "objectRef" in record]

    def audited(self):
        """How many audit records of the helper there are by now; to be given to `requests`."""
        return len(self.cluster.audit(objects.HELPER_USER))

    def quiet(self, namespace, seconds=10.0):
        """Waits until what the helper does in a namespace has been done: it looks stable twice."""
        last = [None]

        def stable():
            seen = json.dumps([self.account(namespace), self.secret(namespace)])
            same, last[0] = seen == last[0], seen
            return same
        until(f"{namespace} is stable", stable, seconds)

    @contextlib.contextmanager
    def without_rights(self):
        """The helper's account may do nothing; it may again at the end, whatever happens."""
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/acr-credential-helper"
        binding = self.kube.do("GET", path)
        for field in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
            binding["metadata"].pop(field, None)

        def answered(status):
            return self.cluster.restricted.ask("GET", "/api/v1/namespaces")[0] == status
        self.kube.do("DELETE", path)
        try:
            until("the account has no rights", lambda: answered(403))
            yield
        finally:
            self.kube.do("POST", path.rpartition("/")[0], binding)
            until("it has them again", lambda: answered(200))

    def stop_helpers(self):
        """Ends every helper that still runs; those that did not end by themselves, by their names."""
        stuck = []
        for helper in self.helpers:
            if helper.program.running and helper.stop() != 0:
                stuck.append(f"{helper.program.name} ended with {helper.ended}")
        self.helpers = []
        return stuck

    def close(self):
        for helper in self.helpers:
            helper.kill()
        for part in (self.registry, self.cloud, self.cluster):
            if part:
                part.stop()

    def remove(self):
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)
