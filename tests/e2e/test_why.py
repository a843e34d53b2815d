"""`acr-credential-helper why` finds what stands between a Pod and its image, from the cluster alone."""

import json
import subprocess

from lab.helper import PROGRAM
from lab.objects import SECRET
from lab.world import ONE, domains_of, entry

DOMAIN = domains_of("one")[0]


def why(lab, *arguments, kubeconfig="admin.kubeconfig"):
    done = subprocess.run([PROGRAM, "why", "--kubeconfig", lab.cluster.folder / kubeconfig, *arguments],
                          capture_output=True, text=True, timeout=60)
    print(done.stdout, done.stderr)
    return done


def faults(done):
    return [line.removeprefix("FAULT").strip() for line in done.stdout.splitlines() if line.startswith("FAULT")]


def pod(lab, namespace, name):
    lab.kube.create("pods", namespace, {"metadata": {"name": name}, "spec": {
        "containers": [{"name": "main", "image": f"{DOMAIN}/app/web:1"}]}})


def test_it_tells_the_pod_that_came_too_early_from_the_one_that_pulls(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    pod(lab, namespace, "early")
    helper = lab.helper()
    helper.wait_served(namespace)
    lab.wait_secret(namespace, domains_of("one"))
    assert helper.stop() == 0  # the command needs none

    early = why(lab, f"{namespace}/early")
    assert early.returncode == 3
    assert [fault.split(" (")[0] for fault in faults(early)] == [
        "the Pod was admitted before its ServiceAccount was linked"]

    def admitted_with_the_link(name):
        pod(lab, namespace, name)
        return lab.kube.get("pods", namespace, name)["spec"].get("imagePullSecrets")
    # Admission answers from a cache, for a moment.
    late = next(name for name in (f"late-{number}" for number in range(1000)) if admitted_with_the_link(name))
    good = why(lab, f"{namespace}/{late}")
    assert (good.returncode, faults(good)) == (0, [])
    assert f"has a password of {ONE}" in good.stdout.replace("@cn-hangzhou", "")
    machine = json.loads(why(lab, f"{namespace}/{late}", "-o", "json").stdout)
    assert machine["pulls"] is True and machine["findings"]


def test_a_namespace_out_of_scope_and_a_stranger_domain_are_told(lab):
    inside, outside = lab.namespace(), lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=inside)
    helper = lab.helper()
    helper.wait_served(inside)
    told = why(lab, outside)
    assert told.returncode == 3
    assert faults(told) == [f"the namespace is not in scope: watch-namespace is {inside}"]
    other = why(lab, inside, "--image", "else.cn-hangzhou.cr.aliyuncs.com/x", "--image", "nginx")
    assert any(fault.startswith("else.cn-hangzhou.cr.aliyuncs.com/x: no entry for") for fault in faults(other))
    assert "docker.io is no domain of a configured instance" in other.stdout


def test_whoever_may_read_little_is_told_what_was_not_looked_at(lab):
    namespace = lab.namespace()
    pod(lab, namespace, "web")
    told = why(lab, f"{namespace}/web", kubeconfig="helper.kubeconfig")
    assert "not looked at: get Pod web" in told.stdout and "forbidden" in told.stdout
    nowhere = why(lab, "nowhere-at-all")
    assert faults(nowhere) == ["there is no namespace nowhere-at-all"]
    assert SECRET not in nowhere.stdout
