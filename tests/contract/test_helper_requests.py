"""Every request that the helper sends, and the refusals that it meets, on both control planes."""

import base64
import itertools
import json

import pytest
from lab.objects import create_namespace
from requests_of_helper import (OURS, account_path, apply_secret, ask, delete_secret, json_patch, link,
                                secret_path)
from walk import lines_of

NUMBERS = itertools.count(1)


@pytest.fixture
def namespace(kube):
    return create_namespace(kube, f"contract-{next(NUMBERS)}")


def refused(answer, status, reason):
    code, body = answer
    assert (code, body.get("kind"), body.get("reason", ""), body["code"]) == (status, "Status", reason, status)
    return body


def test_an_apply_creates_our_secret(helper, namespace):
    status, made = ask(helper, apply_secret(namespace))
    assert status == 201 and made["type"] == "kubernetes.io/dockerconfigjson"
    entry, = made["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("acr-credential-helper", "Apply")
    assert set(entry["fieldsV1"]) == {"f:data", "f:metadata", "f:type"}


def test_the_same_apply_again_is_no_write(helper, namespace):
    before = ask(helper, apply_secret(namespace))[1]
    status, after = ask(helper, apply_secret(namespace))
    assert status == 200 and after == before


def test_an_apply_of_another_password_is_a_write(helper, namespace):
    before = ask(helper, apply_secret(namespace))[1]
    status, after = ask(helper, apply_secret(namespace, password="q"))
    assert status == 200 and after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]


def seen_of(secret):
    return {key: secret["metadata"][key] for key in ("uid", "resourceVersion")}


def test_an_apply_of_what_was_seen_last_is_a_write(helper, namespace):
    seen = seen_of(ask(helper, apply_secret(namespace))[1])
    status, after = ask(helper, apply_secret(namespace, password="q", seen=seen))
    assert status == 200 and seen_of(after)["resourceVersion"] != seen["resourceVersion"]
    entry, = after["metadata"]["managedFields"]
    assert set(entry["fieldsV1"]["f:metadata"]) == {"f:annotations", "f:labels"}


def test_an_apply_of_what_has_changed_since_is_a_conflict(helper, namespace):
    seen = seen_of(ask(helper, apply_secret(namespace))[1])
    now = ask(helper, apply_secret(namespace, password="q"))[1]
    refused(ask(helper, apply_secret(namespace, password="r", seen=seen)), 409, "Conflict")
    assert ask(helper, apply_secret(namespace, password="q"))[1] == now
    refused(ask(helper, apply_secret(namespace, password="q", seen=seen)), 409, "Conflict")


def test_an_apply_of_what_is_gone_is_a_conflict(kube, helper, namespace):
    seen = seen_of(ask(helper, apply_secret(namespace))[1])
    kube.delete("secrets", namespace, OURS)
    body = refused(ask(helper, apply_secret(namespace, seen=seen)), 409, "Conflict")
    assert "uid mismatch" in body["message"]
    ask(helper, apply_secret(namespace))
    refused(ask(helper, apply_secret(namespace, password="q", seen=seen)), 409, "Conflict")


def test_an_apply_takes_nothing_from_others_unless_they_were_seen(kube, helper, namespace):
    kube.create("secrets", namespace, {"metadata": {"name": OURS}, "type": "kubernetes.io/dockerconfigjson",
                                       "data": {".dockerconfigjson": "e30="}})
    body = refused(ask(helper, apply_secret(namespace)), 409, "Conflict")
    assert [cause["field"] for cause in body["details"]["causes"]] == [".data..dockerconfigjson"]
    seen = seen_of(kube.get("secrets", namespace, OURS))
    assert ask(helper, apply_secret(namespace, seen=seen))[0] == 200  # by the label it was ours


def test_an_apply_of_another_name_is_forbidden(helper, namespace):
    body = refused(ask(helper, apply_secret(namespace, "other")), 403, "Forbidden")
    assert 'cannot patch resource "secrets"' in body["message"]


def test_a_foreign_type_is_invalid(kube, helper, namespace):
    seen = seen_of(kube.create("secrets", namespace, {"metadata": {"name": OURS}}))
    refused(ask(helper, apply_secret(namespace)), 409, "Conflict")
    body = refused(ask(helper, apply_secret(namespace, seen=seen)), 422, "Invalid")
    assert body["details"]["causes"][0]["field"] == "type"


def test_an_apply_in_no_namespace_is_not_found(helper):
    body = refused(ask(helper, apply_secret("none")), 404, "NotFound")
    assert body["details"] == {"kind": "namespaces", "name": "none"}


def test_an_apply_in_a_terminating_namespace_names_the_cause(kube, helper, namespace):
    kube.create("configmaps", namespace, {"metadata": {"name": "held", "finalizers": ["a.example/b"]}})
    kube.do("DELETE", f"/api/v1/namespaces/{namespace}")
    body = refused(ask(helper, apply_secret(namespace)), 403, "Forbidden")
    assert body["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    kube.merge("configmaps", namespace, "held", {"metadata": {"finalizers": None}})


def test_a_link_is_added_once(helper, namespace):
    assert ask(helper, link(namespace, []))[0] == 200
    body = refused(ask(helper, link(namespace, [])), 422, "Invalid")
    assert body["message"] == "the server rejected our request due to an error in our request"
    assert ask(helper, link(namespace, [OURS], "more"))[1]["imagePullSecrets"] == [{"name": OURS}, {"name": "more"}]


def test_appending_to_no_list_is_invalid(helper, namespace):
    refused(ask(helper, json_patch(namespace, [
        {"op": "add", "path": "/imagePullSecrets/-", "value": {"name": OURS}}])), 422, "Invalid")


def test_an_emptied_list_is_absent(helper, namespace):
    ask(helper, link(namespace, []))
    status, account = ask(helper, json_patch(namespace, [{"op": "remove", "path": "/imagePullSecrets/0"}]))
    assert status == 200 and "imagePullSecrets" not in account


def test_linking_no_account_is_not_found(helper, namespace):
    refused(ask(helper, json_patch(namespace, [], "none")), 404, "NotFound")


def test_an_account_may_not_be_replaced(helper, namespace):
    refused(helper.ask("PUT", account_path(namespace), {"metadata": {"name": "default"}}), 403, "Forbidden")


def test_a_deletion_looks_at_what_was_seen(helper, namespace):
    meta = ask(helper, apply_secret(namespace))[1]["metadata"]
    refused(ask(helper, delete_secret(namespace, "another", meta["resourceVersion"])), 409, "Conflict")
    refused(ask(helper, delete_secret(namespace, meta["uid"], "1")), 409, "Conflict")
    assert ask(helper, delete_secret(namespace, meta["uid"], meta["resourceVersion"]))[0] == 200
    refused(ask(helper, delete_secret(namespace, meta["uid"], "1")), 404, "NotFound")


def test_lists_are_allowed_by_name_only(helper, namespace):
    assert helper.ask("GET", "/api/v1/secrets", fieldSelector=f"metadata.name={OURS}", limit="500")[0] == 200
    assert helper.ask("GET", f"/api/v1/namespaces/{namespace}/secrets",
                      fieldSelector=f"metadata.name={OURS}")[0] == 200
    for query in ({}, {"fieldSelector": "metadata.name=other"}, {"labelSelector": "a=b"}):
        refused(helper.ask("GET", "/api/v1/secrets", **query), 403, "Forbidden")


def test_pages_go_on(kube, namespace):
    for name in "abc":
        kube.create("configmaps", namespace, {"metadata": {"name": name}})
    kube.wait("it has the root CA", bool, "configmaps", namespace, "kube-root-ca.crt", 20)
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    first = kube.do("GET", path, limit="2")
    assert first["metadata"]["remainingItemCount"] == 2  # kube-root-ca.crt is the last
    second = kube.do("GET", path, limit="2", **{"continue": first["metadata"]["continue"]})
    assert [item["metadata"]["name"] for item in first["items"] + second["items"]] == ["a", "b", "c", "kube-root-ca.crt"]
    refused(kube.ask("GET", path, **{"continue": "x"}), 400, "BadRequest")


def test_a_streaming_list_ends_with_a_bookmark(kube, helper, namespace):
    ask(helper, apply_secret(namespace))
    status, lines = lines_of(helper, f"/api/v1/namespaces/{namespace}/secrets", watch="true",
                             fieldSelector=f"metadata.name={OURS}", allowWatchBookmarks="true",
                             sendInitialEvents="true", resourceVersionMatch="NotOlderThan", timeoutSeconds="1")
    assert status == 200 and [line["type"] for line in lines[:2]] == ["ADDED", "BOOKMARK"]
    assert lines[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_a_watch_resumes(kube, helper, namespace):
    version = ask(helper, apply_secret(namespace))[1]["metadata"]["resourceVersion"]
    ask(helper, apply_secret(namespace, password="q"))
    kube.delete("secrets", namespace, OURS)
    status, lines = lines_of(helper, f"/api/v1/namespaces/{namespace}/secrets", watch="true",
                             fieldSelector=f"metadata.name={OURS}", resourceVersion=version, timeoutSeconds="1")
    assert status == 200 and [line["type"] for line in lines] == ["MODIFIED", "DELETED"]


def test_a_token_is_for_the_audience_and_not_for_less_than_ten_minutes(kube, helper):
    path = account_path("kube-system", "aliyun-acr-credential-helper") + "/token"
    wish = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"audiences": ["sts.aliyuncs.com"], "expirationSeconds": 600}}
    status, answer = helper.ask("POST", path, wish)
    assert status == 201
    part = answer["status"]["token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert claims["aud"] == ["sts.aliyuncs.com"] and claims["exp"] - claims["iat"] == 600
    assert claims["sub"] == "system:serviceaccount:kube-system:aliyun-acr-credential-helper"
    wish["spec"]["expirationSeconds"] = 599
    body = refused(helper.ask("POST", path, wish), 422, "Invalid")
    assert body["details"]["causes"][0]["field"] == "spec.expirationSeconds"
    refused(helper.ask("POST", account_path("default") + "/token", wish), 403, "Forbidden")


def test_an_event_is_created(helper, namespace):
    status, made = helper.ask("POST", f"/api/v1/namespaces/{namespace}/events", {
        "apiVersion": "v1", "kind": "Event", "metadata": {"generateName": "x.", "namespace": namespace},
        "involvedObject": {"kind": "ConfigMap", "namespace": namespace, "name": "x"}, "reason": "R", "action": "A",
        "message": "m", "type": "Normal", "reportingComponent": "c", "reportingInstance": "i", "count": 1,
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z"})
    assert status == 201 and made["metadata"]["name"].startswith("x.")


def test_strangers_are_refused(kube, helper):
    saved = dict(helper.headers)
    try:
        helper.headers["Authorization"] = "Bearer x"
        refused(helper.ask("GET", "/api/v1/namespaces"), 401, "Unauthorized")
    finally:
        helper.headers = saved


def test_the_issuer_is_public(cluster, kube):
    status, answer = kube.ask("GET", "/.well-known/openid-configuration")
    assert status == 200 and answer["issuer"] == cluster.server


def test_get_of_nothing(kube, namespace):
    body = refused(kube.ask("GET", secret_path(namespace)), 404, "NotFound")
    assert body["details"] == {"kind": "secrets", "name": OURS}
