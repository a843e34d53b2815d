"""The requests of protocol/kubernetes/requests.cpp, written down once more, by hand."""

import base64
import json

OURS = "acr-credential-secret-aggregation"
MANAGER = "acr-credential-helper"
JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


def secret_path(namespace, name=OURS):
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"


def account_path(namespace, name="default"):
    return f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}"


def apply_secret(namespace, name=OURS, password="p", kind="kubernetes.io/dockerconfigjson", seen=None):
    """`seen`: uid and resourceVersion of what it is to replace."""
    auth = base64.b64encode(f"u:{password}".encode()).decode()
    document = base64.b64encode(json.dumps({"auths": {"r.example": {"auth": auth}}}).encode()).decode()
    return ("PATCH", secret_path(namespace, name),
            {"apiVersion": "v1", "kind": "Secret", "type": kind,
             "metadata": {"name": name, "namespace": namespace,
                          "labels": {"app.kubernetes.io/managed-by": MANAGER},
                          "annotations": {"acr-credential-helper/instances": "[]"}} | (seen or {}),
             "data": {".dockerconfigjson": document}},
            APPLY, {"fieldManager": MANAGER} | ({"force": "true"} if seen else {}))


def json_patch(namespace, operations, name="default"):
    return "PATCH", account_path(namespace, name), operations, JSON_PATCH, {"fieldManager": MANAGER}


def link(namespace, seen, name=OURS):
    test = {"op": "test", "path": "/imagePullSecrets", "value": [{"name": item} for item in seen] or None}
    add = ({"op": "add", "path": "/imagePullSecrets/-", "value": {"name": name}} if seen
           else {"op": "add", "path": "/imagePullSecrets", "value": [{"name": name}]})
    return json_patch(namespace, [test, add])


def delete_secret(namespace, uid, version, name=OURS):
    return ("DELETE", secret_path(namespace, name),
            {"apiVersion": "v1", "kind": "DeleteOptions",
             "preconditions": {"uid": uid, "resourceVersion": version}}, JSON, {})


def ask(kube, request):
    method, path, body, content_type, query = request
    return kube.ask(method, path, body, content_type, **query)
