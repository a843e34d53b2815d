"""Admission policies that refuse or change one object, for as long as a test wants."""

import contextlib

from .kube import path_of
from .waiting import until

MESSAGE = "the house says no"


def _matching(resource, operations):
    return {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": [resource],
                               "operations": operations}]}


def _only(namespace, name):
    return [{"name": "one-object",
             "expression": f"request.namespace == '{namespace}' && request.name == '{name}'"}]


@contextlib.contextmanager
def _installed(kube, kind, name, spec, binding):
    kube.do("POST", path_of(kind), {"metadata": {"name": name}, "spec": spec})
    try:
        kube.do("POST", path_of(f"{kind[:-3]}ybindings"), {"metadata": {"name": name}, "spec": binding})
        try:
            yield
        finally:
            kube.do("DELETE", path_of(f"{kind[:-3]}ybindings", None, name))
    finally:
        kube.do("DELETE", path_of(kind, None, name))


@contextlib.contextmanager
def refusing(kube, resource, namespace, name, operations=("UPDATE",)):
    """The server refuses these operations on the object."""
    policy = f"{namespace}-refuses"
    spec = {"matchConstraints": _matching(resource, list(operations)), "matchConditions": _only(namespace, name),
            "validations": [{"expression": "false", "message": MESSAGE}]}
    with _installed(kube, "validatingadmissionpolicies", policy, spec,
                    {"policyName": policy, "validationActions": ["Deny"]}):
        if resource == "serviceaccounts":
            until("the policy is in force", lambda: kube.ask(
                "PATCH", f"/api/v1/namespaces/{namespace}/{resource}/{name}", {"metadata": {"labels": {"a": "b"}}},
                "application/merge-patch+json", dryRun="All")[0] == 422)
        yield


@contextlib.contextmanager
def owning_the_list(kube, namespace, account, names):
    """The account's imagePullSecrets are these, whatever is written."""
    value = "[" + ", ".join(f"{{'name': '{name}'}}" for name in names) + "]"
    policy = f"{namespace}-owns"
    spec = {"matchConstraints": _matching("serviceaccounts", ["CREATE", "UPDATE"]),
            "matchConditions": _only(namespace, account), "failurePolicy": "Fail", "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {
                "expression": f"[JSONPatch{{op: 'add', path: '/imagePullSecrets', value: {value}}}]"}}]}
    with _installed(kube, "mutatingadmissionpolicies", policy, spec, {"policyName": policy}):
        until("the policy is in force", lambda: kube.ask(
            "PATCH", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}", {"metadata": {"labels": {"a": "b"}}},
            "application/merge-patch+json", dryRun="All")[1].get("imagePullSecrets") == [{"name": n} for n in names])
        # It holds them before the helper writes: the helper's own policies let nothing else of it through.
        kube.merge("serviceaccounts", namespace, account, {"metadata": {"labels": {"touched": "once"}}})
        yield
