"""What the helper asks of the API server and of the cloud, to the request: the guard of docs/performance.md."""

import subprocess
import time

import pytest
from lab.cluster import counted
from lab.helper import PROGRAM
from lab.objects import HELPER_USER, SECRET, auths, create_namespace, document_of, has_passwords
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry

DOMAINS = domains_of("one")
ACCOUNTS = ["builder", "deployer"]
# Watches, which list, too: the ConfigMap, namespaces, ServiceAccounts in scope and those that may have left it,
# our four Secrets. The verdict on the configuration is an Event.
ALWAYS = {"watch configmaps 200": 1, "watch namespaces 200": 1, "watch serviceaccounts 200": 2,
          "watch secrets 200": 4, "create events 201": 1}


@pytest.fixture(scope="module")
def namespaces(laboratory):
    """All that there are, the server's own among them."""
    for number in range(12):
        create_namespace(laboratory.kube, f"counted-{number}", ACCOUNTS)
    return sorted(item["metadata"]["name"] for item in laboratory.kube.list("namespaces"))


class Run:
    """A helper that has served all namespaces, and what it has asked since its start or `mark`."""

    def __init__(self, lab, namespaces):
        self.lab = lab
        self.mark()
        # At this level each namespace is named that an earlier helper had served already.
        self.helper = lab.helper(log_level="debug")
        for name in namespaces:
            self.helper.wait_served(name)
            lab.wait_secret(name, DOMAINS)

    def mark(self):
        self.since, self.cloud_mark = time.time(), self.lab.cloud.mark()

    def requests(self):
        return counted(self.lab.cluster.requests(HELPER_USER, self.since))

    def cloud_calls(self):
        return [call["operation"] for call in self.lab.cloud.calls(since=self.cloud_mark)]

    def serve_one_more(self):
        """When a new namespace is served, what there was to do in the others has been done."""
        name = self.lab.namespace(stem="late")
        self.lab.wait_secret(name, DOMAINS)
        self.helper.wait_served(name)
        # A watch may tell of a write before it is answered, and so before it is in the audit log.
        until("both writes are logged", lambda: {
            one.resource for one in self.lab.cluster.requests(HELPER_USER, self.since)
            if one.verb == "patch" and one.namespace == name and one.code} == {"secrets", "serviceaccounts"})


def clean(lab):
    """As before any helper."""
    done = subprocess.run([PROGRAM, "cleanup", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done


def test_a_cold_start_writes_twice_in_each_namespace_and_reads_nothing(lab, namespaces):
    clean(lab)
    lab.configure([entry(ONE)], watch_namespace="all")
    run = Run(lab, namespaces)
    until("every link is logged", lambda: run.requests().get("patch serviceaccounts 200", 0) >= len(namespaces))
    assert run.requests() == ALWAYS | {"patch secrets 201": len(namespaces),
                                        "patch serviceaccounts 200": len(namespaces)}
    assert run.cloud_calls() == ["ListInstanceEndpoint", "GetAuthorizationToken"]


def test_a_restart_with_everything_right_writes_nothing(lab, namespaces):
    lab.configure([entry(ONE)], watch_namespace="all")
    assert Run(lab, namespaces).helper.stop() == 0
    run = Run(lab, namespaces)
    until("it has a password", lambda: "GetAuthorizationToken" in run.cloud_calls())
    run.serve_one_more()
    assert run.requests() == ALWAYS | {"patch secrets 201": 1, "patch serviceaccounts 200": 1}
    assert run.cloud_calls() == ["ListInstanceEndpoint", "GetAuthorizationToken"]


def test_a_restart_mends_what_was_changed_meanwhile_and_nothing_else(lab, namespaces):
    lab.configure([entry(ONE)], watch_namespace="all")
    assert Run(lab, namespaces).helper.stop() == 0
    first, second = namespaces[:2]
    secret = lab.secret(first)
    secret["data"][".dockerconfigjson"] = "e30="  # {}
    lab.kube.replace("secrets", first, secret)
    lab.kube.do("DELETE", f"/api/v1/namespaces/{second}/secrets/{SECRET}")
    run = Run(lab, namespaces)
    run.serve_one_more()
    assert document_of(lab.secret(first))["auths"].keys() == set(DOMAINS)
    assert run.requests() == ALWAYS | {"patch secrets 200": 1, "patch secrets 201": 2,
                                        "patch serviceaccounts 200": 1}


def test_a_renewal_writes_once_in_each_namespace_and_asks_the_cloud_once(lab, namespaces):
    lab.configure([entry(ONE)], watch_namespace="all")
    run = Run(lab, namespaces)
    run.serve_one_more()
    spaces = [item["metadata"]["name"] for item in lab.kube.list("namespaces")]
    before = {name: lab.secret(name)["data"] for name in spaces}
    run.mark()
    done = subprocess.run([PROGRAM, "renew", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    until("all have the new password", lambda: all(
        has_passwords(lab.secret(name), DOMAINS) and lab.secret(name)["data"] != before[name] for name in spaces))
    requests = run.requests()
    assert requests.pop("create events 201") == 1  # the answer
    assert requests == {"patch secrets 200": len(spaces)}
    assert run.cloud_calls() == ["ListInstanceEndpoint", "GetAuthorizationToken"]


def test_a_renewal_of_several_instances_is_one_write_in_each_namespace(lab, namespaces):
    lab.configure([entry(ONE), entry(TWO)], watch_namespace="all")
    run = Run(lab, namespaces)
    both = domains_of("one") + domains_of("two")
    spaces = [item["metadata"]["name"] for item in lab.kube.list("namespaces")]
    for name in spaces:
        lab.wait_secret(name, both)
    run.serve_one_more()
    spaces = [item["metadata"]["name"] for item in lab.kube.list("namespaces")]
    before = {name: auths(lab.secret(name)) for name in spaces}
    run.mark()
    done = subprocess.run([PROGRAM, "renew", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done

    def renewed(name):
        now = auths(lab.secret(name))
        return all(now[host] != before[name][host] for host in both)
    until("all have both new passwords", lambda: all(renewed(name) for name in spaces))
    until("the last write is logged", lambda: run.requests().get("patch secrets 200", 0) >= len(spaces))
    assert run.requests()["patch secrets 200"] == len(spaces)


def test_each_account_in_scope_costs_one_write(lab, namespaces):
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    clean(lab)
    run = Run(lab, namespaces)
    accounts = lab.kube.list("serviceaccounts")
    until("all are linked", lambda: all(
        SECRET in [item["name"] for item in account.get("imagePullSecrets", [])]
        for account in lab.kube.list("serviceaccounts")))
    spaces = len(lab.kube.list("namespaces"))
    assert run.requests() == ALWAYS | {"watch serviceaccounts 200": 1,  # all: none can have left
                                       "patch secrets 201": spaces, "patch serviceaccounts 200": len(accounts)}
