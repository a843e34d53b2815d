"""imagePullSecrets that are not the helper's alone, and what `why` says of Pods that a kubelet has tried."""

import base64
import json
import subprocess

import pytest
from creation import create_pod
from lab.helper import PROGRAM
from lab.kube import path_of
from lab.objects import SECRET, link_raw, pull_secrets
from lab.world import domains_of
from rig import HOST, PATIENCE, PRIVATE, PUBLIC, failures_of_pulls, pod_body, until

pytestmark = pytest.mark.xdist_group("time")
OTHER_HOST = domains_of("two")[0]


def login(user, password):
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def config(auths):
    return {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": json.dumps({"auths": auths})}}


# What else people have in such a list; None: there is no such Secret. The kubelet pulls with each.
HARMLESS = {
    "another-registry": config({"registry.example.com": login("a", "b")}),
    "missing": None,
    "stale": config({HOST: login("cr_temp_user", "has-ended-long-ago")}),
    "empty": config({}),
    "opaque": {"type": "Opaque", "stringData": {"a": "b"}},
    "longer-path": config({f"{HOST}/private/app": login("cr_temp_user", "has-ended-long-ago")}),
}


@pytest.fixture
def served(rig):
    """A namespace that is served."""
    helper = rig.start_helper(admission="webhook")
    namespace = rig.served(helper)
    return namespace


def secrets(rig, namespace, wanted):
    for name, content in wanted.items():
        if content:
            rig.kube.create("secrets", namespace, {"metadata": {"name": name}, **content})


def state(rig, namespace, name):
    return next((seen for _, seen in rig.pods.of(namespace, name)), None)


def wait_state(rig, namespace, name, runs):
    def settled():
        seen = state(rig, namespace, name)
        return seen and (seen.running if runs else seen.refused)
    until(f"{name} {'runs' if runs else 'cannot pull'}", settled)


@pytest.mark.parametrize("before", [True, False], ids=["before-ours", "behind-ours"])
def test_foreign_secrets_on_the_account_stand_in_no_ones_way(rig, served, before):
    secrets(rig, served, HARMLESS)
    for name in HARMLESS:
        rig.kube.create("serviceaccounts", served, {"metadata": {"name": name}})
        order = [name, SECRET] if before else [SECRET, name]
        link_raw(rig.kube, served, name, order)
        body = pod_body(name=name, serviceAccountName=name)
        # The API server admits Pods with what its cache knows of the account.
        path = path_of("pods", served) + "?dryRun=All"
        until("the list is known", lambda asked=body, wanted=order: pull_secrets(rig.kube.ask("POST", path, asked)[1].get("spec")) == wanted)
        create_pod(rig, served, body)
    for name in HARMLESS:
        wait_state(rig, served, name, runs=True)
    assert not failures_of_pulls(rig.kube)


def test_a_list_of_its_own_keeps_the_helpers_secret_out(rig, served):
    create_pod(rig, served, pod_body(name="own", imagePullSecrets=[{"name": "missing"}]))
    create_pod(rig, served, pod_body(PUBLIC, name="public", imagePullSecrets=[{"name": "missing"}]))
    wait_state(rig, served, "own", runs=False)
    wait_state(rig, served, "public", runs=True)


# --- what `why` says


def why(rig, pod):
    done = subprocess.run([PROGRAM, "why", "--kubeconfig", rig.cluster.folder / "admin.kubeconfig", pod], check=False,
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


# Pod: (image, more of its spec, whether it runs, what `why` says of it)
SITUATIONS = {
    "runs": (PRIVATE, {}, True, "the kubelet has pulled it"),
    "own-list": (PRIVATE, {"imagePullSecrets": [{"name": "missing"}]}, False, "brings imagePullSecrets of its own"),
    "own-list-public": (PUBLIC, {"imagePullSecrets": [{"name": "missing"}]}, True, "does not need it now"),
    "other-domain": (f"{OTHER_HOST}/private/app:1", {}, False, f"no entry for {OTHER_HOST}"),
    "no-such-image": (f"{HOST}/private/nothing:1", {}, False, "the kubelet says of container app: ErrImagePull"),
    "other-repository": (f"{HOST}/far/app:1", {}, False, "the kubelet says of container app: ErrImagePull"),
    "unreadable": (PRIVATE, {"serviceAccountName": "unreadable"}, False, "Secret unreadable in the list cannot be read"),
    "missing": (PRIVATE, {"serviceAccountName": "missing"}, True, "the kubelet passes over it"),
    "out-of-scope": (PRIVATE, {"serviceAccountName": "spared"}, False, "ServiceAccount spared is not in scope"),
}


def test_why_agrees_with_the_kubelet(rig):
    helper = rig.start_helper(admission="webhook", service_account="all,!spared")
    namespace = rig.served(helper)
    broken = {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": '{"auths":[]}'}}
    secrets(rig, namespace, {"unreadable": broken})
    for account in ("unreadable", "missing", "spared"):
        rig.kube.create("serviceaccounts", namespace, {"metadata": {"name": account}})
    for account in ("unreadable", "missing"):
        link_raw(rig.kube, namespace, account, [account, SECRET])
    for name, (image, more, _, _) in SITUATIONS.items():
        create_pod(rig, namespace, pod_body(image, name, **more))
    for name, (_, _, runs, _) in SITUATIONS.items():
        wait_state(rig, namespace, name, runs)
    said = {name: why(rig, f"{namespace}/{name}") for name in SITUATIONS}
    wrong = {name: said[name] for name, (_, _, runs, text) in SITUATIONS.items()
             if said[name][0] != (0 if runs else 3) or text not in said[name][1]}
    assert not wrong, "\n".join(f"{name}: {code}\n{text}" for name, (code, text) in wrong.items())


def test_why_of_a_pod_that_was_admitted_before_the_link(rig):
    namespace = rig.namespace()
    create_pod(rig, namespace, pod_body(name="early"))
    helper = rig.start_helper()
    helper.wait_served(namespace, PATIENCE)
    wait_state(rig, namespace, "early", runs=False)
    code, text = why(rig, f"{namespace}/early")
    assert code == 3 and "was admitted before its ServiceAccount was linked" in text
    rig.kube.delete("pods", namespace, "early")
    create_pod(rig, namespace, pod_body(name="again"))
    wait_state(rig, namespace, "again", runs=True)
    assert why(rig, f"{namespace}/again")[0] == 0
