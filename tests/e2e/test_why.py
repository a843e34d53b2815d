"""`acr-credential-helper why` finds what stands between a Pod and its image, from the cluster alone."""

import json
import subprocess

from lab.helper import PROGRAM
from lab.kube import MERGE_PATCH, path_of
from lab.objects import CONFIG, SECRET, link_raw
from lab.world import ONE, domains_of, entry

DOMAIN = domains_of("one")[0]


def why(lab, *arguments, kubeconfig="admin.kubeconfig"):
    done = subprocess.run([PROGRAM, "why", "--kubeconfig", lab.cluster.folder / kubeconfig, *arguments],
                          capture_output=True, text=True, timeout=60)
    print(done.stdout, done.stderr)
    return done


def faults(done):
    return [line.removeprefix("FAULT").strip() for line in done.stdout.splitlines() if line.startswith("FAULT")]


def pod(lab, namespace, name, **spec):
    return lab.kube.create("pods", namespace, {"metadata": {"name": name}, "spec": {
        "containers": [{"name": "main", "image": f"{DOMAIN}/app/web:1"}], **spec}})


def kubelet_says(lab, namespace, name, **waiting):
    """As a kubelet writes it into the status."""
    path = path_of("pods", namespace, name, "status")
    lab.kube.do("PATCH", path, {"status": {"containerStatuses": [{
        "name": "main", "image": "x", "imageID": "", "ready": False, "restartCount": 0,
        "state": {"waiting": waiting}}]}}, MERGE_PATCH)


def served(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    helper.wait_served(namespace)
    lab.wait_secret(namespace, domains_of("one"))
    lab.wait_linked(namespace)
    assert helper.stop() == 0
    return namespace


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
    assert f"has a credential of {ONE}" in good.stdout.replace("@cn-hangzhou", "")
    machine = json.loads(why(lab, f"{namespace}/{late}", "-o", "json").stdout)
    assert machine["pulls"] is True and machine["findings"]


def test_a_namespace_out_of_scope_and_a_stranger_domain_are_reported(lab):
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


def test_a_user_who_may_read_little_learns_what_was_not_looked_at(lab):
    namespace = served(lab)
    pod(lab, namespace, "web")
    told = why(lab, f"{namespace}/web", kubeconfig="helper.kubeconfig")
    assert "could not be checked: get Pod web" in told.stdout and "forbidden" in told.stdout
    assert told.returncode == 1 and "too little could be read" in told.stderr
    assert json.loads(why(lab, f"{namespace}/web", "-o", "json", kubeconfig="helper.kubeconfig").stdout)["pulls"] is None
    nowhere = why(lab, "nowhere-at-all")
    assert faults(nowhere) == ["there is no namespace nowhere-at-all"]
    assert SECRET not in nowhere.stdout


def test_a_list_of_the_pods_own_hides_that_of_its_account(lab):
    namespace = served(lab)
    pod(lab, namespace, "own", imagePullSecrets=[{"name": "robot"}])
    told = why(lab, f"{namespace}/own")
    assert told.returncode == 3 and len(faults(told)) == 1
    assert faults(told)[0].startswith("the Pod brings imagePullSecrets of its own")
    assert f"take imagePullSecrets out of the Pod's template, or add {SECRET} to it" in told.stdout
    assert "Secret robot in the list does not exist: the kubelet passes over it" in told.stdout
    pod(lab, namespace, "named", imagePullSecrets=[{"name": "robot"}, {"name": SECRET}])
    assert why(lab, f"{namespace}/named").returncode == 0


def test_a_secret_of_others_that_cannot_be_read_stops_every_pull(lab):
    namespace = served(lab)
    link_raw(lab.kube, namespace, "default", ["mine", SECRET])
    lab.kube.create("secrets", namespace, {"metadata": {"name": "mine"}, "type": "kubernetes.io/dockerconfigjson",
                                           "stringData": {".dockerconfigjson": '{"auths":[]}'}})
    told = why(lab, namespace, "-i", f"{DOMAIN}/app")
    assert told.returncode == 3
    assert faults(told) == ["Secret mine in the list cannot be read (`auths` is not an object): the kubelet pulls "
                            "nothing for a Pod that names it"]


def test_the_kubelets_reason_is_shown_in_full_from_status_and_events(lab):
    namespace = served(lab)
    made = pod(lab, namespace, "denied", imagePullSecrets=[{"name": SECRET}])
    assert why(lab, f"{namespace}/denied").returncode == 0
    kubelet_says(lab, namespace, "denied", reason="ImagePullBackOff", message="Back-off pulling image")
    reason = "failed to authorize: failed to fetch oauth token: unexpected status: 403 Forbidden"
    lab.kube.create("events", namespace, {
        "metadata": {"name": "denied.1"}, "type": "Warning", "reason": "Failed",
        "lastTimestamp": "2026-01-01T00:00:00Z", "source": {"component": "kubelet"},
        "involvedObject": {"kind": "Pod", "name": "denied", "namespace": namespace, "uid": made["metadata"]["uid"]},
        "message": f'Failed to pull image "{DOMAIN}/app/web:1": {reason}'})
    told = why(lab, f"{namespace}/denied")
    assert told.returncode == 3 and len(faults(told)) == 1 and reason in faults(told)[0]
    assert "access control list of the instance" in told.stdout


def test_what_is_not_there_is_reported_first_and_alone(lab):
    namespace = served(lab)
    ghost = why(lab, f"{namespace}/ghost")
    assert (ghost.returncode, faults(ghost)) == (3, [f"there is no Pod ghost in {namespace}"])
    lab.kube.delete("configmaps", "kube-system", CONFIG)
    lab.kube.delete("secrets", namespace, SECRET)
    told = why(lab, namespace)
    assert told.returncode == 3
    assert faults(told)[0] == f"there is no ConfigMap kube-system/{CONFIG}: nothing is served until there is one"


def test_a_cluster_that_does_not_know_who_asks_is_no_verdict(lab):
    bad = lab.cluster.folder / "bad.kubeconfig"
    text = (lab.cluster.folder / "helper.kubeconfig").read_text()
    bad.write_text("\n".join(line.split("token:")[0] + "token: x.y.z" if "token:" in line else line
                             for line in text.splitlines()))
    told = why(lab, "default", kubeconfig=bad.name)
    assert (told.returncode, told.stdout) == (1, "") and "401" in told.stderr


def test_where_must_be_a_namespace_or_a_pod_in_one(lab):
    for where in ("team-a/", "/web", "a/b/c", ""):
        told = why(lab, where)
        assert told.returncode == 2 and "NAMESPACE/POD" in told.stderr, where
