"""What the helper's account may do, and above all what it is refused: the roles of deploy/rbac.yaml on the server.

What its policies add to that is in test_stolen_token.py."""

import pytest

from lab.kube import APPLY, JSON_PATCH, MERGE_PATCH, path_of
from lab.objects import MANAGED_BY, SECRET, docker_secret

ALLOWED, REFUSED = "allowed", "refused"
OURS = [SECRET, *(f"{SECRET}-{number}" for number in (2, 3, 4))]


@pytest.fixture(scope="module")
def place(laboratory):
    namespace = laboratory.namespace("robot", stem="permissions")
    laboratory.kube.create("secrets", namespace, docker_secret("somebody-elses"))
    laboratory.kube.create("configmaps", namespace, {"metadata": {"name": "theirs"}})
    laboratory.kube.create("configmaps", "kube-system", {"metadata": {"name": "theirs"}})
    return namespace


def verdict(answer):
    status, body = answer
    if status == 403:
        return REFUSED
    assert status // 100 in (2, 4) and status != 401, (status, body)
    return ALLOWED


def apply(kube, namespace, name):
    body = docker_secret(name, MANAGED_BY)
    return kube.ask("PATCH", path_of("secrets", namespace, name), body, APPLY,
                    fieldManager="acr-credential-helper", force="true")


@pytest.mark.parametrize("name", OURS)
def test_our_own_secrets_may_be_listed_watched_written_and_deleted(laboratory, place, name):
    kube = laboratory.cluster.restricted
    selector = f"metadata.name={name}"
    for namespace in (None, place):
        assert verdict(kube.ask("GET", path_of("secrets", namespace), fieldSelector=selector)) == ALLOWED
        assert verdict(kube.ask("GET", path_of("secrets", namespace), fieldSelector=selector,
                                watch="true", timeoutSeconds=1)) == ALLOWED
    assert apply(kube, place, name)[0] == 201
    assert kube.ask("GET", path_of("secrets", place, name))[0] == 200
    assert kube.ask("DELETE", path_of("secrets", place, name))[0] == 200


def refused_requests(place):
    """(what, method, path, body, content type, query)"""
    other = "somebody-elses"
    patch = {"metadata": {"labels": {"a": "b"}}}
    yield "list all Secrets", "GET", path_of("secrets"), None, None, {}
    yield "watch all Secrets", "GET", path_of("secrets"), None, None, {"watch": "true", "timeoutSeconds": 1}
    yield "list Secrets of a namespace", "GET", path_of("secrets", place), None, None, {}
    yield "list another Secret by name", "GET", path_of("secrets"), None, None, {
        "fieldSelector": f"metadata.name={other}"}
    yield "list Secrets by label", "GET", path_of("secrets"), None, None, {
        "labelSelector": "app.kubernetes.io/managed-by=acr-credential-helper"}
    yield "list Secrets by type", "GET", path_of("secrets"), None, None, {
        "fieldSelector": "type=kubernetes.io/dockerconfigjson"}
    yield "read another Secret", "GET", path_of("secrets", place, other), None, None, {}
    yield "patch another Secret", "PATCH", path_of("secrets", place, other), patch, MERGE_PATCH, {}
    yield "delete another Secret", "DELETE", path_of("secrets", place, other), None, None, {}
    yield "create another Secret", "POST", path_of("secrets", place), docker_secret("new"), None, {}
    yield "create ours by POST", "POST", path_of("secrets", place), docker_secret(SECRET), None, {}
    yield "delete all Secrets", "DELETE", path_of("secrets", place), None, None, {}
    yield "a fifth name", "GET", path_of("secrets", place, f"{SECRET}-5"), None, None, {}
    yield "replace an account", "PUT", path_of("serviceaccounts", place, "robot"), {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}, None, {}
    yield "create an account", "POST", path_of("serviceaccounts", place), {"metadata": {"name": "x"}}, None, {}
    yield "delete an account", "DELETE", path_of("serviceaccounts", place, "robot"), None, None, {}
    yield "a token of another account", "POST", path_of("serviceaccounts", place, "robot", "token"), {
        "spec": {"audiences": ["sts.aliyuncs.com"]}}, None, {}
    yield "a token of another account of kube-system", "POST", path_of(
        "serviceaccounts", "kube-system", "default", "token"), {"spec": {}}, None, {}
    yield "patch a namespace", "PATCH", path_of("namespaces", None, place), patch, MERGE_PATCH, {}
    yield "create a namespace", "POST", path_of("namespaces"), {"metadata": {"name": "x"}}, None, {}
    yield "delete a namespace", "DELETE", path_of("namespaces", None, place), None, None, {}
    yield "another ConfigMap", "GET", path_of("configmaps", "kube-system", "theirs"), None, None, {}
    yield "ConfigMaps elsewhere", "GET", path_of("configmaps", place), None, None, {}
    yield "change the configuration", "PATCH", path_of("configmaps", "kube-system", "acr-configuration"), {
        "data": {"a": "b"}}, MERGE_PATCH, {}
    yield "list ConfigMaps", "GET", path_of("configmaps", "kube-system"), None, None, {}
    yield "list Pods", "GET", path_of("pods"), None, None, {}
    yield "list Nodes", "GET", path_of("nodes"), None, None, {}
    yield "list Deployments", "GET", path_of("deployments"), None, None, {}
    yield "read Events", "GET", path_of("events"), None, None, {}
    yield "change one's own permissions", "PATCH", path_of("clusterroles", None, "acr-credential-helper"), {
        "rules": []}, MERGE_PATCH, {}
    yield "bind another role", "POST", path_of("clusterrolebindings"), {
        "metadata": {"name": "x"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                               "name": "cluster-admin"}}, None, {}
    yield "read leases elsewhere", "GET", f"/apis/coordination.k8s.io/v1/namespaces/{place}/leases", None, None, {}


@pytest.mark.parametrize("what", [case[0] for case in refused_requests("x")])
def test_the_restricted_account_is_refused(laboratory, place, what):
    _, method, path, body, kind, query = next(
        case for case in refused_requests(place) if case[0] == what)
    kube = laboratory.cluster.restricted
    answer = kube.ask(method, path, body, kind, **query) if kind else kube.ask(method, path, body, **query)
    assert verdict(answer) == REFUSED, answer


@pytest.mark.parametrize("name", ["somebody-elses", f"{SECRET}-5", "new"])
def test_server_side_apply_of_another_secret_is_refused(laboratory, place, name):
    assert verdict(apply(laboratory.cluster.restricted, place, name)) == REFUSED


def test_accounts_and_namespaces_may_be_read_and_accounts_patched(laboratory, place):
    kube = laboratory.cluster.restricted
    for kind in ("serviceaccounts", "namespaces"):
        assert verdict(kube.ask("GET", path_of(kind))) == ALLOWED
        assert verdict(kube.ask("GET", path_of(kind), watch="true", timeoutSeconds=1)) == ALLOWED
    assert verdict(kube.ask("PATCH", path_of("serviceaccounts", place, "robot"), [
        {"op": "test", "path": "/imagePullSecrets", "value": None}], JSON_PATCH)) == ALLOWED


def test_the_configuration_may_be_read(laboratory):
    kube = laboratory.cluster.restricted
    assert verdict(kube.ask("GET", path_of("configmaps", "kube-system"),
                            fieldSelector="metadata.name=acr-configuration")) == ALLOWED


def test_a_token_of_ones_own_account_may_be_requested(laboratory):
    status, answer = laboratory.cluster.restricted.ask(
        "POST", path_of("serviceaccounts", "kube-system", "aliyun-acr-credential-helper", "token"),
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
         "spec": {"audiences": ["sts.aliyuncs.com"], "expirationSeconds": 600}})
    assert status == 201 and answer["status"]["token"]


def test_leases_and_events_may_be_written(laboratory):
    kube = laboratory.cluster.restricted
    leases = path_of("leases", "kube-system")

    def lease(name):
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name},
                "spec": {"holderIdentity": "e2e"}}
    # A PUT creates, and only by name.
    assert kube.ask("PUT", f"{leases}/acr-credential-helper", lease("acr-credential-helper"))[0] == 201
    assert kube.ask("GET", f"{leases}/acr-credential-helper")[0] == 200
    assert kube.ask("PUT", f"{leases}/another", lease("another"))[0] == 403
    assert kube.ask("POST", leases, lease("another"))[0] == 403
    event = {"metadata": {"name": "e2e.1"}, "type": "Normal", "reason": "Test", "message": "a test",
             "involvedObject": {"kind": "ConfigMap", "namespace": "kube-system", "name": "acr-configuration"}}
    assert kube.ask("POST", path_of("events", "kube-system"), event)[0] == 201
