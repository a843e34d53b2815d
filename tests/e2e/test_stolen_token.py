"""What somebody who has the helper's token tries with it, on the real server: with the objects of deploy/rbac.yaml,
with those of the chart for a list of namespaces, and without the policies, where it makes him cluster-admin."""

import base64
import copy
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml

from lab import ROOT, guard
from lab.cluster import RBAC, Cluster
from lab.kube import APPLY, JSON, JSON_PATCH, MERGE_PATCH, path_of, plural_of
from lab.objects import MANAGED_BY, SECRET, docker_secret
from lab.waiting import until

STRATEGIC = "application/strategic-merge-patch+json"
CHART = ROOT / "deploy/helm/acr-credential-helper"
ACCOUNT = "aliyun-acr-credential-helper"
OURS = [SECRET, *(f"{SECRET}-{number}" for number in (2, 3, 4))]
INSTANCES = {"acr-credential-helper/instances": "[]"}
PLACES = ["kube-system", "default"]


def started(values=None):
    """A cluster with these values of the chart; without any: with the file."""
    (ROOT / "build/e2e").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="stolen-", dir=ROOT / "build/e2e"))
    manifest = RBAC
    if values is not None:
        (folder / "values.yaml").write_text(yaml.safe_dump(values))
        manifest = folder / "manifest.yaml"
        guarded = values.get("guardPolicies", {}).get("enabled", True)
        shown = [word for name in ("serviceaccount", "rbac", *(["guardpolicies"] if guarded else []))
                 for word in ("--show-only", f"templates/{name}.yaml")]
        manifest.write_text(subprocess.run([ROOT / "build/tools/chart", "template", "--values", folder / "values.yaml",
                                            *shown, CHART], check=True, capture_output=True, text=True).stdout)
    return Cluster(folder / "cluster", manifest=manifest)


def ended(cluster):
    cluster.stop()
    shutil.rmtree(cluster.folder.parent, ignore_errors=True)


def furnish(cluster):
    """What there is to be had."""
    for namespace in PLACES:
        until(f"{namespace} has its account", lambda at=namespace: cluster.admin.find("serviceaccounts", at, "default"))
        cluster.admin.create("serviceaccounts", namespace, {
            "metadata": {"name": "victim", "labels": {"team": "a"}, "annotations": {"owner": "a"}},
            "secrets": [{"name": "mountable"}], "automountServiceAccountToken": False,
            "imagePullSecrets": [{"name": "first"}, {}, {"name": SECRET}, {"name": "last"}]})


@pytest.fixture(scope="module", params=["default objects", "rbac.namespaces"])
def cluster(request):
    made = started(None if request.param == "default objects" else {"rbac": {"namespaces": PLACES}})
    try:
        furnish(made.start())
        yield made
    finally:
        ended(made)


def ours(**more):
    """A Secret as the helper writes it."""
    body = docker_secret(SECRET, MANAGED_BY)
    body["metadata"]["annotations"] = dict(INSTANCES)
    for key, value in more.items():
        where = body["metadata"] if key in ("labels", "annotations", "ownerReferences", "finalizers", "name") else body
        where[key] = {**where[key], **value} if value and isinstance(where.get(key), dict) else value
    return body


def tokens_of(account):
    body = ours(annotations={"kubernetes.io/service-account.name": account}) | {
        "type": "kubernetes.io/service-account-token"}
    del body["data"]
    return body


def apply(kube, namespace, body, **query):
    query = {"fieldManager": "acr-credential-helper", "force": "true"} | query
    return kube.ask("PATCH", path_of("secrets", namespace, body["metadata"]["name"]), body, APPLY, **query)


def refused(answer, policy=None, words=""):
    """By RBAC; by this policy, with these words, if one is named."""
    if policy:
        assert guard.by_policy(answer) == f"acr-credential-helper-{policy}" and words in answer[1]["message"], answer
    else:
        assert answer[0] == 403, answer


# Secrets.

EMPTY = base64.b64encode(b"{}").decode()
X = base64.b64encode(b"x").decode()
TYPES = {
    "kubernetes.io/service-account-token": {},
    "Opaque": {"password": X},
    "bootstrap.kubernetes.io/token": {"token-id": X, "token-secret": X, "usage-bootstrap-authentication": X},
    "kubernetes.io/tls": {"tls.crt": "", "tls.key": ""},
    "kubernetes.io/dockercfg": {".dockercfg": EMPTY},
    "kubernetes.io/basic-auth": {"username": X, "password": X},
    "kubernetes.io/ssh-auth": {"ssh-privatekey": X},
    "helm.sh/release.v1": {"release": X},
    "example.com/anything": {},
}


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("namespace", PLACES)
@pytest.mark.parametrize("kind", TYPES)
def test_no_secret_of_another_type(cluster, kind, namespace, name):
    body = {**tokens_of("victim"), "type": kind, "data": TYPES[kind]}
    body["metadata"]["name"] = name
    for query in ({}, {"fieldManager": "thief"}):
        refused(apply(cluster.restricted, namespace, body, **query), "secrets", "of type kubernetes.io/dockerconfigjson only")
    refused(cluster.restricted.ask("POST", path_of("secrets", namespace), body))
    refused(cluster.restricted.ask("PUT", path_of("secrets", namespace, name), body))
    assert cluster.admin.find("secrets", namespace, name) is None


@pytest.mark.parametrize("kind", ["Opaque", "example.com/anything"])
def test_no_secret_that_differs_in_its_type_alone(cluster, kind):
    refused(apply(cluster.restricted, "default", ours(type=kind)), "secrets")


def mint(cluster, account):
    """The way to be anybody: a Secret for which the cluster's own controller makes a token."""
    answer = apply(cluster.restricted, "kube-system", tokens_of(account))
    if answer[0] // 100 != 2:
        return answer, None
    return answer, until("there is a token", lambda: cluster.restricted.get("secrets", "kube-system", SECRET).get("data", {}).get("token"))


def test_no_token_of_the_account_that_may_change_all_roles(cluster):
    answer, token = mint(cluster, "clusterrole-aggregation-controller")
    assert token is None
    refused(answer, "secrets")


def test_without_the_policies_it_is_cluster_admin():
    """What docs/security.md says of that, and what shows that the attack works where nothing stops it."""
    cluster = started({"guardPolicies": {"enabled": False}})
    try:
        cluster.start()
        until("the account is there", lambda: cluster.admin.find(
            "serviceaccounts", "kube-system", "clusterrole-aggregation-controller"))
        _, token = mint(cluster, "clusterrole-aggregation-controller")
        thief = copy.copy(cluster.restricted)
        thief.headers = {**thief.headers, "Authorization": f"Bearer {base64.b64decode(token).decode()}"}
        everything = {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
        for role in ("system:controller:clusterrole-aggregation-controller", "acr-credential-helper"):
            status, body = thief.ask("PATCH", path_of("clusterroles", None, role), everything, MERGE_PATCH)
            assert status == 200, body
        until("the helper's account may do everything",
              lambda: cluster.restricted.ask("GET", path_of("secrets"))[0] == 200)
    finally:
        ended(cluster)


ADDITIONS = {
    "another key": {"data": {"token": X}},
    "another key as text": {"stringData": {"token": "x"}},
    "no label": {"labels": None},
    "another manager": {"labels": {"app.kubernetes.io/managed-by": "Helm"}},
    "a label": {"labels": {"argocd.argoproj.io/secret-type": "cluster"}},
    "an account": {"annotations": {"kubernetes.io/service-account.name": "victim"}},
    "an annotation": {"annotations": {"reflector.v1.k8s.emberstack.com/reflects": "kube-system/other"}},
    "an owner": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "x"}]},
    "a finalizer": {"finalizers": ["example.com/never"]},
    "immutable": {"immutable": True},
}


@pytest.fixture
def written(cluster):
    """A Secret that the helper has written, and others have labelled."""
    answer = apply(cluster.restricted, "default", ours())
    assert answer[0] == 201, answer
    owner = cluster.admin.create("configmaps", "default", {"metadata": {"name": "owner"}})  # one that is not there is an end
    cluster.admin.merge("secrets", "default", SECRET, {"data": {"theirs": X}, "metadata": {
        "labels": {"theirs": "a"}, "annotations": {"theirs": "a"}, "finalizers": ["example.com/backup"],
        "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}]}})
    yield cluster
    cluster.admin.delete("configmaps", "default", "owner")
    cluster.admin.merge("secrets", "default", SECRET, {"metadata": {"finalizers": None}})
    cluster.admin.delete("secrets", "default", SECRET)


@pytest.mark.parametrize("what", ADDITIONS)
@pytest.mark.parametrize("namespace", PLACES)
def test_no_secret_with_anything_else(cluster, namespace, what):
    refused(apply(cluster.restricted, namespace, ours(**ADDITIONS[what])), "secrets")
    assert cluster.admin.find("secrets", namespace, SECRET) is None


@pytest.mark.parametrize("what", ADDITIONS)
def test_nothing_else_into_a_secret_that_is_there(written, what):
    before = written.admin.get("secrets", "default", SECRET)
    refused(apply(written.restricted, "default", ours(**ADDITIONS[what])), "secrets")
    change = ours(**ADDITIONS[what])
    del change["type"]
    if what == "no label":
        change["metadata"]["labels"] = {"app.kubernetes.io/managed-by": None}
    for kind in (MERGE_PATCH, STRATEGIC):
        refused(written.restricted.ask("PATCH", path_of("secrets", "default", SECRET), change, kind), "secrets")
    assert written.admin.get("secrets", "default", SECRET) == before


@pytest.mark.parametrize("change", [
    {"labels": {"theirs": "b"}}, {"labels": {"theirs": None}}, {"annotations": {"theirs": "b"}},
    {"annotations": {"theirs": None}}, {"ownerReferences": None}, {"finalizers": None}], ids=str)
def test_what_others_noted_on_a_secret_stays(written, change):
    refused(written.restricted.ask("PATCH", path_of("secrets", "default", SECRET), {"metadata": change}, MERGE_PATCH), "secrets")


@pytest.mark.parametrize("value", [None, EMPTY], ids=["gone", "another"])
def test_what_others_put_into_a_secret_stays(written, value):
    refused(written.restricted.ask("PATCH", path_of("secrets", "default", SECRET), {"data": {"theirs": value}}, MERGE_PATCH),
            "secrets")


@pytest.mark.parametrize("kind", [MERGE_PATCH, STRATEGIC])
def test_the_type_of_a_secret_stays(written, kind):
    """The server itself never changes one."""
    for wanted in ("Opaque", "kubernetes.io/service-account-token"):
        status, _ = written.restricted.ask("PATCH", path_of("secrets", "default", SECRET), {"type": wanted}, kind)
        assert status == 422
    assert written.admin.get("secrets", "default", SECRET)["type"] == "kubernetes.io/dockerconfigjson"


def test_what_the_helper_writes_passes(written):
    for number in range(3):
        status, body = apply(written.restricted, "default", ours(
            annotations={"acr-credential-helper/instances": f"[{number}]"}, data={".dockerconfigjson": EMPTY}))
        assert status == 200, body
    assert body["metadata"]["labels"] == {**MANAGED_BY, "theirs": "a"}
    assert body["data"] == {".dockerconfigjson": EMPTY, "theirs": X}
    for name in OURS[1:]:
        status, body = apply(written.restricted, "default", ours(name=name))
        assert status == 201, body
        assert written.restricted.ask("DELETE", path_of("secrets", "default", name))[0] == 200


def test_a_large_secret_passes(cluster):
    def document(number):
        return base64.b64encode(b'{"auths":{' + b",".join(
            b'"%d.example":{"auth":"%s"}' % (host, b"YTpi" * 50) for host in range(number)) + b"}}").decode()
    for number, expected in ((3000, 201), (3300, 200)):
        status, body = apply(cluster.restricted, "default", ours(data={".dockerconfigjson": document(number)}))
        assert status == expected, body
    assert cluster.restricted.ask("DELETE", path_of("secrets", "default", SECRET))[0] == 200


# ServiceAccounts.

CHANGES = {
    "secrets": {"secrets": [{"name": "others"}]},
    "no secrets": {"secrets": None},
    "automount": {"automountServiceAccountToken": True},
    "automount away": {"automountServiceAccountToken": None},
    "a label": {"metadata": {"labels": {"b": "c"}}},
    "another label": {"metadata": {"labels": {"team": "b"}}},
    "no label": {"metadata": {"labels": None}},
    "a role": {"metadata": {"annotations": {"pod-identity.alibabacloud.com/role-name": "admin"}}},
    "another annotation": {"metadata": {"annotations": {"owner": "b"}}},
    "no annotation": {"metadata": {"annotations": {"owner": None}}},
    "an owner": {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "x"}]}},
    "a finalizer": {"metadata": {"finalizers": ["example.com/never"]}},
    "a name": {"imagePullSecrets": [{"name": "first"}, {}, {"name": "thief"}, {"name": "last"}]},
    "a name more": {"imagePullSecrets": [{"name": "first"}, {}, {"name": "last"}, {"name": f"{SECRET}-5"}]},
    "a name less": {"imagePullSecrets": [{"name": "first"}, {}, {"name": SECRET}]},
    "another order": {"imagePullSecrets": [{"name": "last"}, {}, {"name": SECRET}, {"name": "first"}]},
    "the odd one less": {"imagePullSecrets": [{"name": "first"}, {"name": SECRET}, {"name": "last"}]},
    "no list": {"imagePullSecrets": None},
    "only ours": {"imagePullSecrets": [{"name": SECRET}]},
    "ours often": {"imagePullSecrets": [{"name": "first"}, {}, *[{"name": SECRET}] * 9, {"name": "last"}]},
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("namespace", PLACES)
def test_nothing_else_of_an_account(cluster, namespace, what):
    change, path = CHANGES[what], path_of("serviceaccounts", namespace, "victim")
    before = cluster.admin.get("serviceaccounts", namespace, "victim")
    refused(cluster.restricted.ask("PATCH", path, change, MERGE_PATCH), "serviceaccounts")
    member = "imagePullSecrets" if "imagePullSecrets" in change else None
    if member and change[member]:
        refused(cluster.restricted.ask("PATCH", path, [{"op": "add", "path": f"/{member}", "value": change[member]}],
                                       JSON_PATCH), "serviceaccounts")
    elif None not in [*change.values(), *change.get("metadata", {}).values()] and what != "no annotation":
        body = {"apiVersion": "v1", "kind": "ServiceAccount", **change}
        body["metadata"] = {"name": "victim", **change.get("metadata", {})}
        refused(cluster.restricted.ask("PATCH", path, body, APPLY, fieldManager="thief", force="true"), "serviceaccounts")
    assert cluster.admin.get("serviceaccounts", namespace, "victim") == before


def test_no_account_is_made_replaced_or_deleted(cluster):
    body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "made"}}
    refused(cluster.restricted.ask("POST", path_of("serviceaccounts", "default"), body))
    refused(cluster.restricted.ask("PATCH", path_of("serviceaccounts", "default", "made"), body, APPLY, fieldManager="x"))
    refused(cluster.restricted.ask("PUT", path_of("serviceaccounts", "default", "victim"), body))
    refused(cluster.restricted.ask("DELETE", path_of("serviceaccounts", "default", "victim")))


@pytest.mark.parametrize("before", [None, [], [{}], [{"name": ""}], [{"name": "a"}], [{"name": "a"}, {}, {"name": "b"}],
                                    [{"name": SECRET}, {"name": "a"}, {"name": SECRET}],
                                    [{"name": f"s-{number}"} for number in range(500)]], ids=lambda it: str(it)[:40])
def test_linking_and_unlinking_pass(cluster, before):
    kube, path = cluster.restricted, path_of("serviceaccounts", "default", "linked")
    cluster.admin.create("serviceaccounts", "default", {
        "metadata": {"name": "linked", "labels": {"a": "b"}, "finalizers": ["example.com/x"]}, "secrets": [{"name": "s"}],
        "imagePullSecrets": before})
    had = cluster.admin.get("serviceaccounts", "default", "linked").get("imagePullSecrets", [])
    try:
        def write(entries):
            status, body = kube.ask("PATCH", path, [{"op": "add", "path": "/imagePullSecrets", "value": entries}], JSON_PATCH)
            assert status == 200, body
            return body
        for name in OURS[1:]:
            after = write([*had, {"name": name}])
        assert after["imagePullSecrets"] == [*had, {"name": OURS[3]}]
        write([{"name": OURS[1]}, *had])
        write([*had, {"name": OURS[1]}, {"name": OURS[2]}])
        write(had)
        bare = [entry for entry in had if entry.get("name") != SECRET]
        assert write(bare).get("imagePullSecrets", []) == bare
    finally:
        cluster.admin.merge("serviceaccounts", "default", "linked", {"metadata": {"finalizers": None}})
        cluster.admin.delete("serviceaccounts", "default", "linked")


# Tokens.

YEARS = 10 * 365 * 86400


def ask_token(cluster, namespace, account, **spec):
    return cluster.restricted.ask("POST", path_of("serviceaccounts", namespace, account, "token"),
                                  guard.TOKEN | {"spec": spec}, JSON)


@pytest.mark.parametrize("spec", [
    {}, {"audiences": []}, {"audiences": ["https://kubernetes.default.svc"]},
    {"audiences": ["sts.aliyuncs.com", "https://kubernetes.default.svc"]}, {"audiences": ["sts.amazonaws.com"]},
    {"audiences": ["sts.aliyuncs.com"], "expirationSeconds": 3601},
    {"audiences": ["sts.aliyuncs.com"], "expirationSeconds": YEARS}, {"expirationSeconds": YEARS}], ids=str)
def test_no_token_of_another_audience_or_a_longer_life(cluster, spec):
    refused(ask_token(cluster, "kube-system", ACCOUNT, **spec), "tokens")


@pytest.mark.parametrize("namespace, account", [("kube-system", "victim"), ("default", "victim"), ("default", ACCOUNT),
                                                ("kube-system", "clusterrole-aggregation-controller")])
def test_no_token_of_another_account(cluster, namespace, account):
    refused(ask_token(cluster, namespace, account, audiences=["sts.aliyuncs.com"]))


@pytest.mark.parametrize("more", [{}, {"expirationSeconds": 600}, {"expirationSeconds": 3600}], ids=str)
def test_the_token_for_rrsa_passes(cluster, more):
    status, body = ask_token(cluster, "kube-system", ACCOUNT, audiences=["sts.aliyuncs.com"], **more)
    assert status == 201, body


def test_the_policies_hold_where_roles_are_wider(cluster):
    """Somebody binds the account to more than it needs, as clusters with one role for all add-ons do."""
    name = "wider"
    cluster.admin.do("POST", path_of("clusterroles"), {"metadata": {"name": name}, "rules": [
        {"apiGroups": [""], "resources": ["secrets", "serviceaccounts", "serviceaccounts/token"], "verbs": ["*"]}]})
    cluster.admin.do("POST", path_of("clusterrolebindings"), {
        "metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": "kube-system"}]})
    try:
        until("the role is in force", lambda: cluster.restricted.ask("GET", path_of("secrets"))[0] == 200)
        kube = cluster.restricted
        for other in (f"{SECRET}-5", "other"):
            refused(apply(kube, "default", ours(name=other)), "secrets")
            refused(kube.ask("POST", path_of("secrets", "default"), ours(name=other)), "secrets")
        refused(kube.ask("POST", path_of("serviceaccounts", "default"), {"metadata": {"name": "made"}}), "serviceaccounts",
                "creates no ServiceAccount")
        for namespace, account in (("kube-system", "victim"), ("default", "victim")):
            refused(ask_token(cluster, namespace, account, audiences=["sts.aliyuncs.com"]), "tokens")
        account = cluster.admin.get("serviceaccounts", "default", "victim")
        account["secrets"] = []
        refused(kube.ask("PUT", path_of("serviceaccounts", "default", "victim"), account), "serviceaccounts")
    finally:
        cluster.admin.delete("clusterrolebindings", None, name)
        cluster.admin.delete("clusterroles", None, name)
        until("the role is gone", lambda: cluster.restricted.ask("GET", path_of("secrets"))[0] == 403)


def test_the_policies_follow_namespace_and_account_of_a_release():
    cluster = started()
    try:
        cluster.start()
        cluster.admin.create("namespaces", None, {"metadata": {"name": "registry"}})
        shown = [word for name in ("serviceaccount", "rbac", "guardpolicies") for word in ("--show-only", f"templates/{name}.yaml")]
        made = subprocess.run([ROOT / "build/tools/chart", "template", "--namespace", "registry", "--set",
                               "serviceAccount.name=acr", *shown, CHART], check=True, capture_output=True, text=True).stdout
        for item in yaml.safe_load_all(made):
            cluster.admin.apply(plural_of(item["kind"]), item["metadata"].get("namespace"), item)
        helper = copy.copy(cluster.admin)
        helper.headers = {**helper.headers, "Impersonate-User": "system:serviceaccount:registry:acr"}
        guard.wait_in_force(helper, ("registry", "acr"))
        refused(apply(helper, "kube-system", tokens_of("clusterrole-aggregation-controller")), "secrets")
        assert apply(helper, "registry", ours())[0] == 201
        for audience, status in (("sts.aliyuncs.com", 201), ("https://kubernetes.default.svc", 422)):
            assert helper.ask("POST", path_of("serviceaccounts", "registry", "acr", "token"),
                              guard.TOKEN | {"spec": {"audiences": [audience]}})[0] == status
    finally:
        ended(cluster)


# The account of the uninstallation.

CLEANUP = "acr-credential-helper-cleanup"


def test_the_account_of_the_uninstallation_changes_nothing_but_our_names():
    """The chart's other policies are deleted by then."""
    cluster = started({"guardPolicies": {"enabled": False}})
    try:
        furnish(cluster.start())
        made = subprocess.run([ROOT / "build/tools/chart", "template", "--hooks", CHART], check=True,
                              capture_output=True, text=True).stdout
        items = [item for item in yaml.safe_load_all(made) if item["kind"] != "Job"]
        for item in items:
            assert item["metadata"]["annotations"]["helm.sh/hook"] == "post-delete"
            cluster.admin.apply(plural_of(item["kind"]), item["metadata"].get("namespace"), item)
        kube = copy.copy(cluster.admin)
        kube.headers = {**kube.headers, "Impersonate-User": f"system:serviceaccount:kube-system:{CLEANUP}"}
        path = path_of("serviceaccounts", "default", "victim")
        until("the policy is in force", lambda: "ValidatingAdmissionPolicy" in kube.ask(
            "PATCH", path, {"metadata": {"labels": {"a": "b"}}}, MERGE_PATCH, dryRun="All")[1].get("message", ""))
        before = cluster.admin.get("serviceaccounts", "default", "victim")
        for what, change in CHANGES.items():
            status, body = kube.ask("PATCH", path, change, MERGE_PATCH)
            assert status == 422 and f"ValidatingAdmissionPolicy '{CLEANUP}'" in body["message"], (what, body)
        assert cluster.admin.get("serviceaccounts", "default", "victim") == before
        refused(apply(kube, "kube-system", tokens_of("clusterrole-aggregation-controller")))
        refused(kube.ask("POST", path_of("serviceaccounts", "default", "victim", "token"), guard.TOKEN | {"spec": {}}))
        refused(kube.ask("DELETE", path_of("secrets", "default", "other")))
        left = [{"name": "first"}, {}, {"name": "last"}]
        status, body = kube.ask("PATCH", path, [{"op": "replace", "path": "/imagePullSecrets", "value": left}], JSON_PATCH)
        assert (status, body["imagePullSecrets"]) == (200, left), body
    finally:
        ended(cluster)


# What webhooks of the cluster add.

MUTATIONS = {  # policy: (resource, operation, JSON patch)
    "stamps": ("secrets", "CREATE", "[JSONPatch{op: 'add', path: '/metadata/labels/house~1stamp', value: 'x'}]"),
    "adds": ("serviceaccounts", "UPDATE",
             "[JSONPatch{op: 'add', path: '/imagePullSecrets/-', value: {'name': 'house'}},"
             " JSONPatch{op: 'add', path: '/metadata/labels', value: {'house/stamp': 'x'}}]"),
}


def mutate(kube, name, resource, operation, patch):
    kube.do("POST", path_of("mutatingadmissionpolicies"), {"metadata": {"name": name}, "spec": {
        "failurePolicy": "Fail", "reinvocationPolicy": "Never",
        "matchConstraints": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}}, "resourceRules": [{
            "apiGroups": [""], "apiVersions": ["v1"], "operations": [operation], "resources": [resource]}]},
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}]}})
    kube.do("POST", path_of("mutatingadmissionpolicybindings"), {"metadata": {"name": name}, "spec": {"policyName": name}})


@pytest.mark.mutating_policies
def test_what_webhooks_add_is_tolerated_where_the_values_say_so():
    """And is refused, with the value to set, where they do not."""
    link = [{"op": "add", "path": "/imagePullSecrets", "value": [{"name": SECRET}]}]
    for values, passes in (({}, False), ({"toleratedKeys": ["house/stamp"], "toleratedPullSecrets": ["house"]}, True)):
        cluster = started({"guardPolicies": values})
        try:
            cluster.start()
            for name, mutation in MUTATIONS.items():
                mutate(cluster.admin, name, *mutation)
            cluster.admin.create("serviceaccounts", "default", {"metadata": {"name": "robot"}})

            def write(**query):
                return apply(cluster.restricted, "default", ours(), **query)

            def linked(**query):
                return cluster.restricted.ask("PATCH", path_of("serviceaccounts", "default", "robot"), link, JSON_PATCH, **query)
            until("Secrets are stamped", lambda: cluster.admin.ask("POST", path_of("secrets", "default"), ours(
                name="x"), dryRun="All")[1]["metadata"]["labels"].get("house/stamp"))
            until("accounts are changed", lambda: {"name": "house"} in cluster.admin.ask(
                "PATCH", path_of("serviceaccounts", "default", "robot"), link, JSON_PATCH, dryRun="All")[1].get("imagePullSecrets", []))
            if passes:
                assert write()[0] == 201 and linked()[0] == 200
                continue
            refused(write(), "secrets")
            assert "house/stamp" in write()[1]["message"] and "guardPolicies.toleratedKeys" in write()[1]["message"]
            refused(linked(), "serviceaccounts")
            assert "guardPolicies.tolerated" in linked()[1]["message"]
        finally:
            ended(cluster)


# The rest.

@pytest.mark.parametrize("namespace", PLACES)
def test_no_other_lease(cluster, namespace):
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "other"},
             "spec": {"holderIdentity": "thief"}}
    refused(cluster.restricted.ask("POST", path_of("leases", namespace), lease))
    for name in ("other", "kube-controller-manager"):
        lease["metadata"]["name"] = name
        refused(cluster.restricted.ask("PUT", path_of("leases", namespace, name), lease))
        refused(cluster.restricted.ask("PATCH", path_of("leases", namespace, name), lease, APPLY, fieldManager="x"))


def test_the_policies_stay(cluster):
    for kind in ("validatingadmissionpolicies", "validatingadmissionpolicybindings"):
        for name in guard.POLICIES:
            refused(cluster.restricted.ask("DELETE", path_of(kind, None, name)))
            refused(cluster.restricted.ask("PATCH", path_of(kind, None, name), {"spec": None}, MERGE_PATCH))
