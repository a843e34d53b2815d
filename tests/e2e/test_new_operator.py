"""A new operator installs the chart, misconfigures in ten ways, reads only what the tools say, repairs, and uninstalls."""

import os
import subprocess

import pytest
import yaml

from lab.cluster import RBAC
from lab.helper import INHERITED, PROGRAM
from lab.jobs import JobRunner
from lab.kube import plural_of
from lab.objects import SECRET, configure, pull_secrets
from lab.waiting import until
from lab.world import KEY_ID, KEY_SECRET, ONE, REGION, domains_of, entry
from test_deploy import CHART, chart, everything_in, fresh_kubeconfig, on

DOMAIN = domains_of("one")[0]
RIGHT = [entry(ONE)]


def as_a_node_runs_it(deployment):
    """The arguments of the helper's container, without what only this machine decides: ports, and the form of the log."""
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["args"][0] == "run"
    for argument in container["args"][1:]:
        name, _, _ = argument.partition("=")
        if name.endswith("-address"):
            yield f"{name}=127.0.0.1:0"
        elif not name.startswith("--log-"):
            yield argument


@pytest.fixture(scope="module")
def cluster(laboratory):
    """With a release that was installed, the helper of its Deployment, and a namespace that it serves."""
    lab, kube = laboratory, laboratory.kube
    for item in yaml.safe_load_all(RBAC.read_text()):  # what the test cluster gives the helper at its start
        if item:
            kube.delete(plural_of(item["kind"]), item["metadata"].get("namespace"), item["metadata"]["name"])
    lab.before = everything_in(kube)
    lab.notes = chart("install", *on(lab), CHART)
    lab.without_configuration = check(lab), ask(lab, "status")
    namespace = lab.namespace()
    configure(kube, RIGHT, watch_namespace=namespace)
    deployment = kube.get("deployments", "kube-system", "acr-credential-helper")
    helper = lab.helper(*as_a_node_runs_it(deployment), kubeconfig=fresh_kubeconfig(lab, lab.folder))
    lab.wait_secret(namespace, domains_of("one"))
    lab.wait_linked(namespace)
    lab.operators_namespace, lab.operators_helper = namespace, helper
    return lab


def ask(lab, *words):
    """What an operator sees of a command, on both streams, and its exit code."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
        "HOME": str(lab.folder), "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}
    more = ["--region", REGION, *lab.cloud.helper_arguments()] if words[0] == "doctor" else []
    done = subprocess.run([PROGRAM, *words, "--kubeconfig", lab.cluster.folder / "admin.kubeconfig", *more],
                          capture_output=True, text=True, timeout=120, env=environment)
    return done.stdout + done.stderr, done.returncode


def check(lab):
    return ask(lab, "check", "--config-map", "kube-system/acr-configuration")


def events(lab):
    return "\n".join(f"{event['reason']}: {event['message']}" for event in lab.kube.list("events", "kube-system"))


def test_the_installation_says_what_comes_next(cluster):
    for word in ("acr-configuration", "doctor", "status", "why"):
        assert word in cluster.notes
    (checked, code), (status, _) = cluster.without_configuration
    assert code == 1 and "acr-configuration" in checked, checked
    assert "there is no configuration" in status and "nothing is served until it does" in status


def test_what_is_right_is_said_to_be_right(cluster):
    said, code = check(cluster)
    assert code == 0 and "good" in said
    said, code = ask(cluster, "why", cluster.operators_namespace, "-i", f"{DOMAIN}/app/web:1")
    assert code == 0, said


# What is written, which command is asked, its exit code, and words of what is wrong and of what to do.
MISTAKES = {
    "the YAML does not parse": (
        {"instances": "- instanceId: [cri-a\n  regionId: cn-hangzhou"}, "check", 1,
        [":1:15: fatal: acr-registry-info", "a `[` is not closed"]),
    "an instance that does not exist": (
        {"instances": [entry("cri-typo000000001")]}, "doctor", 3,
        ["there is no instance cri-typo000000001 in the region cn-hangzhou", "instanceId", "assumeRoleARN"]),
    "an id that is none": (
        {"instances": [entry("one")]}, "check", 1, ["one", "cri-"]),
    "a namespace that does not exist": (
        {"watch_namespace": "no-such-namespace"}, "why", 3, ["not in scope", "watch-namespace"]),
    "an account that does not exist": (
        {"service_account": "buidler"}, "why", 3, ["not in scope", "service-account"]),
    "a domain of somebody else": (
        {"instances": [entry(ONE, domains="docker.io")]}, "check", 0, ["docker.io"]),
    "a threshold without a unit": (
        {"expiring_threshold": "15"}, "check", 1, ["expiring-threshold", "15m"]),
    "half of RRSA": (
        {"instances": [entry(ONE, rrsaRoleARN="acs:ram::1000000000000001:role/a")], "rrsa": "enable: true"}, "check", 1,
        ["rrsaOIDCProviderRoleARN"]),
    "a key that is spelled wrongly": (
        {"watch_namespaces": "default"}, "check", 0, ["watch-namespaces", "watch-namespace"]),
    "a role that may not be assumed": (
        {"instances": [entry(ONE, assumeRoleARN="acs:ram::1000000000000001:role/nobody")]}, "doctor", 3,
        ["sts AssumeRole of acs:ram::1000000000000001:role/nobody: NoPermission", "attach AliyunSTSAssumeRoleAccess to the caller"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_is_wrong_is_said_with_what_to_do_and_is_over_when_it_is_done(cluster, mistake):
    change, command, expected, words = MISTAKES[mistake]
    namespace = cluster.operators_namespace
    changed = dict(change)
    configure(cluster.kube, changed.pop("instances", RIGHT), **{"watch_namespace": namespace, **changed})
    ways = {"check": lambda: check(cluster), "doctor": lambda: ask(cluster, "doctor"),
            "why": lambda: ask(cluster, "why", namespace, "-i", f"{DOMAIN}/app/web:1")}
    said, code = ways[command]()
    print(said)
    assert code == expected
    for word in words:
        assert word in said
    configure(cluster.kube, RIGHT, watch_namespace=namespace)
    cluster.wait_secret(namespace, domains_of("one"))
    cluster.wait_linked(namespace)
    said, code = ways[command]()
    assert code == 0, said


def test_a_foreign_secret_and_a_pods_own_list_are_found(cluster):
    namespace = cluster.namespace(stem="foreign")
    cluster.kube.create("secrets", namespace, {"metadata": {"name": SECRET}, "type": "Opaque"})
    configure(cluster.kube, RIGHT, watch_namespace=f"{cluster.operators_namespace},{namespace}")
    said, code = ask(cluster, "why", namespace, "-i", f"{DOMAIN}/app/web:1")
    assert code == 3 and "was not written by the helper" in said and "delete it" in said
    cluster.kube.delete("secrets", namespace, SECRET)
    cluster.wait_secret(namespace, domains_of("one"))
    cluster.wait_linked(namespace)
    cluster.kube.create("pods", namespace, {"metadata": {"name": "own"}, "spec": {
        "imagePullSecrets": [{"name": "mine"}], "containers": [{"name": "main", "image": f"{DOMAIN}/app/web:1"}]}})
    said, code = ask(cluster, "why", f"{namespace}/own")
    assert code == 3 and "imagePullSecrets of its own" in said and "template" in said


def test_nothing_is_left_after_the_uninstallation(cluster):
    assert cluster.operators_helper.stop() == 0  # as its node ends it, once the Deployment is gone
    with JobRunner(cluster.cluster) as jobs:
        chart("uninstall", *on(cluster))
    [cleanup] = jobs.output.values()
    assert cleanup.returncode == 0, cleanup
    assert f"Secret {cluster.operators_namespace}/{SECRET}" in cleanup.stdout
    assert not any(item["metadata"]["name"].startswith(SECRET) for item in cluster.kube.list("secrets"))
    assert not any(SECRET in pull_secrets(item) for item in cluster.kube.list("serviceaccounts"))
    cluster.kube.delete("configmaps", "kube-system", "acr-configuration")  # the operator's own

    def left():
        return {item for item in everything_in(cluster.kube) - cluster.before
                if not item[2 if item[0] == "/api/v1/namespaces" else 1].startswith(("ns-", "foreign-"))}
    until("nothing else is left", lambda: not left(), 20)
    said, code = ask(cluster, "cleanup", "--dry-run")
    assert code == 0 and "nothing" in said
