"""Policies that refuse objects by name, and one that owns a list, on both control planes.

The real server has them as objects; kubesim by its administration interface.
"""

import itertools

import pytest
from lab.objects import create_namespace
from lab.waiting import until
from requests_of_helper import JSON_PATCH, OURS, account_path, apply_secret, ask, delete_secret, link, secret_path

NUMBERS = itertools.count(1)
POLICIES = "/apis/admissionregistration.k8s.io/v1"
MESSAGE = "the house says no"


@pytest.fixture
def namespace(kube):
    return create_namespace(kube, f"admission-{next(NUMBERS)}")


def matching(resource, operations):
    return {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": [resource],
                               "operations": [item.upper() for item in operations]}]}


def only(namespace, name):
    return [{"name": "one-object", "expression": f"request.namespace == '{namespace}' && request.name == '{name}'"}]


@pytest.fixture
def refuse(cluster, kube, namespace):
    """refuse(resource, name, operations) until the end of the test."""
    made = []

    def simulated(resource, name, operations):
        cluster.administer("POST", "/admission", {
            "policy": f"{namespace}-refuses", "resource": resource, "namespace": namespace, "name": name,
            "operations": operations, "refuse": MESSAGE})

    def real(resource, name, operations):
        policy = f"{namespace}-refuses"
        kube.do("POST", f"{POLICIES}/validatingadmissionpolicies", {
            "metadata": {"name": policy}, "spec": {
                "matchConstraints": matching(resource, operations), "matchConditions": only(namespace, name),
                "validations": [{"expression": "false", "message": MESSAGE}]}})
        made.append(f"{POLICIES}/validatingadmissionpolicies/{policy}")
        kube.do("POST", f"{POLICIES}/validatingadmissionpolicybindings", {
            "metadata": {"name": policy}, "spec": {"policyName": policy, "validationActions": ["Deny"]}})
        made.append(f"{POLICIES}/validatingadmissionpolicybindings/{policy}")

    yield simulated if hasattr(cluster, "administer") else real
    for path in made:
        kube.do("DELETE", path)
    if not made:
        cluster.administer("DELETE", "/admission")


@pytest.fixture
def own_list(cluster, kube, namespace):
    """own_list(names, account): the account holds these, whatever anybody writes."""
    made = []

    def simulated(names, account="default"):
        cluster.administer("POST", "/admission", {"resource": "serviceaccounts", "namespace": namespace, "name": account,
                                                  "pull_secrets": names})

    def real(names, account="default"):
        value = "[" + ", ".join(f"{{'name': '{name}'}}" for name in names) + "]"
        policy = f"{namespace}-owns"
        kube.do("POST", f"{POLICIES}/mutatingadmissionpolicies", {
            "metadata": {"name": policy}, "spec": {
                "matchConstraints": matching("serviceaccounts", ["create", "update"]),
                "matchConditions": only(namespace, account), "failurePolicy": "Fail", "reinvocationPolicy": "Never",
                "mutations": [{"patchType": "JSONPatch", "jsonPatch": {
                    "expression": f"[JSONPatch{{op: 'add', path: '/imagePullSecrets', value: {value}}}]"}}]}})
        made.append(f"{POLICIES}/mutatingadmissionpolicies/{policy}")
        kube.do("POST", f"{POLICIES}/mutatingadmissionpolicybindings", {
            "metadata": {"name": policy}, "spec": {"policyName": policy}})
        made.append(f"{POLICIES}/mutatingadmissionpolicybindings/{policy}")

    yield simulated if hasattr(cluster, "administer") else real
    for path in made:
        kube.do("DELETE", path)
    if not made:
        cluster.administer("DELETE", "/admission")


def dry(request):
    method, path, body, content_type, query = request
    return method, path, body, content_type, query | {"dryRun": "All"}


def check(body, namespace, kind, name):
    why = f"ValidatingAdmissionPolicy '{namespace}-refuses' with binding '{namespace}-refuses' denied request: {MESSAGE}"
    assert body == {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Invalid", "code": 422,
                    "message": f'{kind} "{name}" is forbidden: {why}',
                    "details": {"name": name, "kind": kind, "causes": [{"message": why}]}}


def test_a_link_that_a_policy_refuses(refuse, helper, namespace):
    refuse("serviceaccounts", "default", ["update"])
    until("the policy is in force", lambda: ask(helper, dry(link(namespace, [])))[0] == 422)
    status, body = ask(helper, link(namespace, []))
    assert status == 422
    check(body, namespace, "serviceaccounts", "default")
    assert "imagePullSecrets" not in helper.do("GET", account_path(namespace))


def test_a_link_of_another_account_is_not_refused(refuse, kube, helper, namespace):
    kube.create("serviceaccounts", namespace, {"metadata": {"name": "other"}})
    refuse("serviceaccounts", "default", ["update"])
    until("the policy is in force", lambda: ask(helper, dry(link(namespace, [])))[0] == 422)
    patch = [{"op": "add", "path": "/imagePullSecrets", "value": [{"name": OURS}]}]
    assert helper.ask("PATCH", account_path(namespace, "other"), patch, JSON_PATCH)[0] == 200


def test_a_secret_that_a_policy_refuses(refuse, helper, namespace):
    refuse("secrets", OURS, ["create"])
    until("the policy is in force", lambda: ask(helper, dry(apply_secret(namespace)))[0] == 422)
    status, body = ask(helper, apply_secret(namespace))
    assert status == 422
    check(body, namespace, "secrets", OURS)
    assert helper.ask("GET", secret_path(namespace))[0] == 404


def test_a_change_that_a_policy_refuses_even_if_it_is_none(refuse, helper, namespace):
    before = ask(helper, apply_secret(namespace))[1]
    refuse("secrets", OURS, ["update"])
    until("the policy is in force", lambda: ask(helper, dry(apply_secret(namespace)))[0] == 422)
    assert ask(helper, apply_secret(namespace, password="q"))[0] == 422
    assert helper.do("GET", secret_path(namespace)) == before


def test_a_deletion_that_a_policy_refuses(refuse, helper, namespace):
    meta = ask(helper, apply_secret(namespace))[1]["metadata"]
    refuse("secrets", OURS, ["delete"])
    wanted = delete_secret(namespace, meta["uid"], meta["resourceVersion"])
    tried = wanted[0], wanted[1], wanted[2] | {"dryRun": ["All"]}, wanted[3], wanted[4]
    until("the policy is in force", lambda: ask(helper, tried)[0] == 422)
    status, body = ask(helper, wanted)
    assert status == 422
    check(body, namespace, "secrets", OURS)
    stale = delete_secret(namespace, meta["uid"], "1")
    assert ask(helper, stale)[0] == 409  # the precondition comes first
    assert helper.ask("GET", secret_path(namespace))[0] == 200


def test_a_policy_that_owns_the_list_overrules_every_write(own_list, kube, helper, namespace):
    own_list(["theirs"])
    until("the policy is in force",
          lambda: ask(helper, dry(link(namespace, [])))[1].get("imagePullSecrets") == [{"name": "theirs"}])
    status, first = ask(helper, link(namespace, []))
    assert status == 200 and first["imagePullSecrets"] == [{"name": "theirs"}]
    status, second = ask(helper, link(namespace, ["theirs"]))
    assert status == 200 and second == first  # nothing is left to write
    kube.merge("serviceaccounts", namespace, "default", {"metadata": {"labels": {"a": "b"}}, "imagePullSecrets": None})
    assert kube.get("serviceaccounts", namespace, "default")["imagePullSecrets"] == [{"name": "theirs"}]


def test_a_policy_that_empties_the_list(own_list, kube, helper, namespace):
    kube.merge("serviceaccounts", namespace, "default", {"imagePullSecrets": [{"name": "mine"}]})
    own_list([])
    until("the policy is in force", lambda: not ask(helper, dry(link(namespace, ["mine"])))[1].get("imagePullSecrets"))
    status, after = ask(helper, link(namespace, ["mine"]))
    assert status == 200 and "imagePullSecrets" not in after
    status, again = ask(helper, link(namespace, []))
    assert status == 200 and "imagePullSecrets" not in again


def test_what_a_policy_changes_has_no_manager_of_its_own(own_list, kube, helper, namespace):
    kube.do("POST", account_path(namespace, "")[:-1], {"metadata": {"name": "robot", "labels": {"a": "b"}}}, fieldManager="maker")
    own_list(["theirs"], "robot")
    patch = [{"op": "add", "path": "/imagePullSecrets", "value": [{"name": OURS}]}]

    def write(**more):
        return helper.ask("PATCH", account_path(namespace, "robot"), patch, JSON_PATCH, fieldManager="acr-credential-helper",
                          **more)[1]
    until("the policy is in force", lambda: write(dryRun="All").get("imagePullSecrets") == [{"name": "theirs"}])
    first = write()
    owned = {entry["manager"]: entry["fieldsV1"] for entry in first["metadata"]["managedFields"]}
    assert owned["acr-credential-helper"] == {"f:imagePullSecrets": {}} and set(owned) == {"maker", "acr-credential-helper"}
    assert write() == first  # nothing is left to write
