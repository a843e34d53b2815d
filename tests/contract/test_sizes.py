"""How large objects and requests may be, and which writes change nothing."""

import base64
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from lab.objects import create_namespace
from requests_of_helper import APPLY, JSON_PATCH, OURS, account_path, apply_secret, ask, secret_path
from walk import lines_of
from walk_steps import MERGE, base_of

NUMBERS = itertools.count(1)
MIB = 1 << 20


@pytest.fixture
def namespace(kube):
    return create_namespace(kube, f"sizes-{next(NUMBERS)}")


def of_bytes(size):
    return base64.b64encode(b"x" * size).decode()


def refused(answer, status, reason):
    code, body = answer
    assert (code, body["reason"], body["code"]) == (status, reason, status), body
    return body


def causes(body):
    return [(cause["reason"], cause.get("field", ""), cause["message"]) for cause in body["details"]["causes"]]


def test_a_secret_holds_a_mebibyte_in_all_its_values(kube, namespace):
    path = base_of("secrets", namespace)
    assert kube.ask("POST", path, {"metadata": {"name": "x"}, "data": {"a": of_bytes(MIB - 1), "b": of_bytes(1)}})[0] == 201
    body = refused(kube.ask("PATCH", f"{path}/x", {"data": {"b": of_bytes(2)}}, MERGE), 422, "Invalid")
    assert body["message"] == 'Secret "x" is invalid: data: Too long: may not be more than 1048576 bytes'
    assert causes(body) == [("FieldValueTooLong", "data", "Too long: may not be more than 1048576 bytes")]
    body = refused(kube.ask("POST", path, {"metadata": {"name": "y"}, "data": {"a": of_bytes(MIB + 1)}}), 422, "Invalid")
    assert body["details"]["name"] == "y"


def test_our_apply_of_too_much_is_refused_and_changes_nothing(helper, namespace):
    before = ask(helper, apply_secret(namespace))[1]
    body = refused(ask(helper, apply_secret(namespace, password="p" * MIB)), 422, "Invalid")
    assert causes(body)[0][:2] == ("FieldValueTooLong", "data")
    assert helper.do("GET", secret_path(namespace)) == before


def test_a_config_map_holds_a_mebibyte(kube, namespace):
    path = base_of("configmaps", namespace)
    body = {"metadata": {"name": "x"}, "data": {"a": "x" * (MIB - 1)}, "binaryData": {"b": of_bytes(1)}}
    assert kube.ask("POST", path, body)[0] == 201
    body = refused(kube.ask("PATCH", f"{path}/x", {"data": {"c": "x"}}, MERGE), 422, "Invalid")
    assert causes(body) == [("FieldValueTooLong", "[]", "Too long: may not be more than 1048576 bytes")]


@pytest.mark.parametrize("plural", ["secrets", "leases"])
def test_annotations_hold_a_quarter_of_a_mebibyte_with_their_keys(kube, namespace, plural):
    path = base_of(plural, namespace)
    fits = {"a": "x" * (MIB // 4 - 2), "b": ""}
    assert kube.ask("POST", path, {"metadata": {"name": "x", "annotations": fits}})[0] == 201
    body = refused(kube.ask("POST", path, {"metadata": {"name": "y", "annotations": fits | {"b": "x"}}}), 422, "Invalid")
    told = ("FieldValueTooLong", "metadata.annotations", "Too long: may not be more than 262144 bytes")
    assert causes(body) == [told]
    body = refused(kube.ask("PATCH", f"{path}/x", {"metadata": {"annotations": {"b": "x"}}}, MERGE), 422, "Invalid")
    assert causes(body) == [told] * (4 if plural == "secrets" else 3)


@pytest.mark.parametrize("method, content_type", [("POST", "application/json"), ("PATCH", JSON_PATCH), ("PATCH", APPLY)])
def test_a_body_of_more_than_three_mebibytes_is_not_read(kube, namespace, method, content_type):
    path = base_of("secrets", namespace) + ("" if method == "POST" else "/x")
    body = refused(kube.ask(method, path, {"metadata": {"name": "x", "annotations": {"a": "x" * 3 * MIB}}}, content_type,
                            fieldManager="m"), 413, "RequestEntityTooLarge")
    assert body["message"] == "Request entity too large: limit is 3145728" and "details" not in body


def version_of(value):
    return value["metadata"]["resourceVersion"]


def test_patches_that_change_nothing_keep_the_version(kube, helper, namespace):
    path = account_path(namespace)
    kube.do("PATCH", path, {"imagePullSecrets": [{"name": OURS}]}, MERGE, fieldManager="maker")
    before = kube.do("GET", path)
    same = [{"op": "test", "path": "/imagePullSecrets", "value": [{"name": OURS}]},
            {"op": "replace", "path": "/imagePullSecrets", "value": [{"name": OURS}]}]
    assert helper.do("PATCH", path, same, JSON_PATCH, fieldManager="acr-credential-helper") == before
    assert kube.do("PATCH", path, {"imagePullSecrets": [{"name": OURS}]}, MERGE, fieldManager="other") == before
    assert kube.do("PUT", path, before) == before
    made = ask(helper, apply_secret(namespace))[1]
    assert version_of(ask(helper, apply_secret(namespace))[1]) == version_of(made)


def test_a_watch_from_a_version_that_is_yet_to_come_tells_nothing_until_then(kube, namespace):
    """What a client meets that goes on after etcd was restored from a backup."""
    path = base_of("secrets", namespace)
    kube.do("POST", path, {"metadata": {"name": "x"}})
    later = str(int(kube.do("GET", path)["metadata"]["resourceVersion"]) + 100000)
    with ThreadPoolExecutor() as other:
        told = other.submit(lines_of, kube, path, watch="true", resourceVersion=later, timeoutSeconds="2")
        for number in range(5):
            kube.do("POST", path, {"metadata": {"name": f"y{number}"}})
        assert told.result() == (200, [])
