"""What the random walk has found to differ, one small test for each kind of it."""

import itertools

import pytest
from lab.objects import create_namespace
from requests_of_helper import APPLY, JSON_PATCH, OURS
from walk import lines_of
from walk_steps import MERGE, METADATA_LIST, STRATEGIC, TABLE, base_of

NUMBERS = itertools.count(1)


@pytest.fixture
def namespace(kube):
    return create_namespace(kube, f"found-{next(NUMBERS)}")


@pytest.fixture
def make(kube, namespace):
    """make("secrets", {...}) -> the path of a new object "x"."""
    def create(plural, body=None):
        body = body or {}
        kube.do("POST", base_of(plural, namespace), body | {"metadata": {"name": "x"} | body.get("metadata", {})},
                fieldManager="maker")
        return base_of(plural, namespace) + "/x"
    return create


def refused(answer, status):
    assert answer[0] == status, answer
    return answer[1]


def with_accept(kube, accept, path, **query):
    kept, kube.headers = kube.headers, kube.headers | {"Accept": accept}
    try:
        return kube.do("GET", path, **query)
    finally:
        kube.headers = kept


def owned_by(answer):
    return {entry["manager"]: entry["fieldsV1"] for entry in answer["metadata"].get("managedFields", [])}


def config(plural, **content):
    version, kind = {"secrets": ("v1", "Secret"), "serviceaccounts": ("v1", "ServiceAccount"),
                     "leases": ("coordination.k8s.io/v1", "Lease")}[plural]
    metadata = {"name": "x"} | content.pop("metadata", {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata} | content


def apply(kube, path, body, manager="applier", **query):
    return kube.ask("PATCH", path, body, APPLY, fieldManager=manager, **query)


def test_conflicts_of_an_apply_are_listed_by_manager_and_level(kube, make):
    path = make("secrets", {"data": {"l": "dg=="}, "type": "example.com/a"})
    kube.do("PATCH", path, {"data": {"k": "dg=="}}, MERGE, fieldManager="a")
    body = refused(apply(kube, path, config("secrets", data={"k": "dw==", "l": "dw=="}, type="Opaque")), 409)
    assert body["message"] == ('Apply failed with 3 conflicts: conflicts with "a" using v1:\n- .data.k\n'
                               'conflicts with "maker" using v1:\n- .type\n- .data.l')
    assert sorted(cause["field"] for cause in body["details"]["causes"]) == [".data.k", ".data.l", ".type"]


def test_fields_that_are_empty_everywhere_have_no_owner_before_the_first_apply(kube, make):
    path = make("leases", {"spec": {}})
    assert owned_by(apply(kube, path, config("leases", spec={}))[1]) == {"applier": {"f:spec": {}}}


def test_an_empty_list_with_keys_is_no_field_of_an_apply(kube, make):
    path = make("secrets")
    answer = apply(kube, path, config("secrets", metadata={"finalizers": [], "labels": {}}))[1]
    assert owned_by(answer)["applier"] == {"f:metadata": {"f:labels": {}}}


def test_references_are_owned_as_a_whole_and_keep_their_name_only(kube, make):
    path = make("serviceaccounts", {"secrets": [{"name": "s", "namespace": "elsewhere", "kind": "K"}]})
    answer = kube.do("GET", path)
    assert answer["secrets"] == [{"name": "s"}]
    assert owned_by(answer)["maker"] == {"f:secrets": {".": {}, 'k:{"name":"s"}': {}}}


@pytest.mark.parametrize("live, applied, merged", [
    ("bca", "ab", "cab"), ("ac", "na", "nac"), ("ca", "na", "cna"), ("abcd", "xdya", "bcxdya"), ("abzc", "cyxba", "zcyxba")])
def test_an_apply_orders_what_it_shares_as_it_says(kube, make, live, applied, merged):
    path = make("serviceaccounts", {"secrets": [{"name": name} for name in live]})
    body = config("serviceaccounts", secrets=[{"name": name} for name in applied])
    assert "".join(item["name"] for item in apply(kube, path, body, force="true")[1]["secrets"]) == merged


def test_an_apply_that_cannot_be_read_names_what_it_was_to_be(kube, make):
    path = make("leases")
    body = refused(apply(kube, path, config("leases", spec={"renewTime": "2026-01-01T00:00:01Z"})), 500)
    assert body["message"].endswith('parsing time "2026-01-01T00:00:01Z" as "2006-01-02T15:04:05.000000Z07:00": '
                                    'cannot parse "Z" as ".000000"')
    body = refused(apply(kube, path, config("leases", nobody=1)), 500)
    assert body["message"] == ("failed to create typed patch object (/x; coordination.k8s.io/v1, Kind=Lease): "
                               ".nobody: field not declared in schema")


@pytest.mark.parametrize("value, byte", [("!", 0), ("1", 0), ("dg==!", 4), ("abcd1", 4), ("abcd1=", 5)])
def test_a_patched_object_that_cannot_be_read_is_shown(kube, make, value, byte):
    path = make("secrets", {"data": {"l": "dg=="}})
    body = refused(kube.ask("PATCH", path, {"data": {"k": value}}, MERGE), 422)
    assert body["message"].startswith(r' "" is invalid: patch: Invalid value: "{\"apiVersion\":\"v1\",\"data\":{')
    assert body["message"].endswith(f"illegal base64 data at input byte {byte}")
    body = refused(kube.ask("PATCH", path, {"data": {"k": value}}, STRATEGIC), 422)
    assert body["message"] == (f' "" is invalid: patch: Invalid value: "map[data:map[k:{value}]]": '
                               f"error decoding from json: illegal base64 data at input byte {byte}")


@pytest.mark.parametrize("selector, message", [
    ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
    ("=1", "found '=', expected: !, identifier, or 'end of string'"),
    ("a,", "found '', expected: identifier after ','"),
    ("a=b c", "found 'c', expected: ',' or 'end of string'"),
    ("a in", "unable to parse requirement: found '' expected: '('"),
    ("a>b", "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be "
            "an integer"),
])
def test_a_label_selector_that_is_none(kube, namespace, selector, message):
    answer = kube.ask("GET", base_of("secrets", namespace), labelSelector=selector)
    assert refused(answer, 400)["message"] == message


def test_options_are_read_before_they_are_judged(kube, helper, namespace):
    path = base_of("configmaps", namespace)
    body = refused(kube.ask("GET", path, labelSelector="a b", resourceVersionMatch="x", fieldSelector="bad=1"), 400)
    assert body["message"].startswith("unable to parse requirement")
    body = refused(kube.ask("GET", path, resourceVersionMatch="x", fieldSelector="bad=1"), 422)
    assert [cause["reason"] for cause in body["details"]["causes"]] == ["FieldValueForbidden", "FieldValueNotSupported"]
    body = refused(kube.ask("GET", path, fieldSelector="bad=1"), 400)
    assert body["message"] == '"bad" is not a known field selector: only "metadata.name", "metadata.namespace"'
    # A list is by name for authorization only if all of its options can be read; a deletion never is.
    assert "name" in refused(helper.ask("GET", path, fieldSelector="metadata.name=a"), 403)["details"]
    assert "name" not in refused(helper.ask("GET", path, fieldSelector="metadata.name=a", limit="x"), 403)["details"]
    assert "name" not in refused(helper.ask("DELETE", path, fieldSelector="metadata.name=a"), 403)["details"]


def test_a_list_of_any_version_has_no_pages(kube, make, namespace):
    make("leases")
    path = base_of("leases", namespace)
    kube.do("POST", path, {"metadata": {"name": "y"}})
    assert len(kube.do("GET", path, limit="1")["items"]) == 1
    assert len(kube.do("GET", path, limit="1", resourceVersion="0")["items"]) == 2


def test_an_empty_list_of_metadata_is_null(kube, namespace):
    path = base_of("leases", namespace)
    assert with_accept(kube, METADATA_LIST, path)["items"] is None
    assert kube.do("GET", path)["items"] == []


@pytest.mark.parametrize("plural, columns", [
    ("secrets", "Name Type Data Age"), ("serviceaccounts", "Name Age"), ("configmaps", "Name Data Age"),
    ("leases", "Name Holder Age"), ("roles", "Name Created At")])
def test_tables(kube, make, plural, columns):
    table = with_accept(kube, TABLE, make(plural))
    assert " ".join(column["name"] for column in table["columnDefinitions"]) == columns
    assert table["rows"][0]["cells"][0] == "x" and len(table["rows"][0]["cells"]) == len(table["columnDefinitions"])


@pytest.mark.parametrize("plural, status", [("leases", 201), ("roles", 201), ("secrets", 404), ("configmaps", 404),
                                            ("serviceaccounts", 404)])
def test_replacing_what_is_not_there_creates_some_kinds(kube, namespace, plural, status):
    assert kube.ask("PUT", base_of(plural, namespace) + "/x", {"metadata": {"name": "x"}})[0] == status


def test_a_lease_is_not_replaced_unseen(kube, make):
    body = refused(kube.ask("PUT", make("leases"), {"metadata": {"name": "x"}}), 422)
    assert body["message"].startswith('leases.coordination.k8s.io "x" is invalid: metadata.resourceVersion:')


def test_a_precondition_of_the_storage_is_reported(kube, make):
    path = make("secrets")
    body = refused(kube.ask("PUT", path, {"metadata": {"name": "x", "uid": "other"}}), 409)
    assert "Precondition failed: UID in precondition: other" in body["message"]


def test_reviews_say_why(kube, helper):
    def review(who, **attributes):
        return who.do("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
            "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
            "spec": {"resourceAttributes": attributes}})
    assert review(kube, verb="get", resource="secrets")["status"] == {"allowed": True}
    assert review(helper, verb="get", resource="secrets")["status"] == {"allowed": False}
    answer = review(helper, verb="get", resource="namespaces")
    assert answer["status"]["reason"] == (
        'RBAC: allowed by ClusterRoleBinding "acr-credential-helper" of ClusterRole "acr-credential-helper" to '
        'ServiceAccount "aliyun-acr-credential-helper/kube-system"')
    assert owned_by(answer) == {"unknown": {"f:spec": {"f:resourceAttributes": {".": {}, "f:resource": {}, "f:verb": {}}}}}
    rules = helper.do("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
        "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "spec": {"namespace": "default"}})
    assert any(rule.get("resourceNames", [""])[0] == OURS for rule in rules["status"]["resourceRules"])
    assert any("/api" in rule["nonResourceURLs"] for rule in rules["status"]["nonResourceRules"])
    body = refused(kube.ask("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {}}), 400)
    assert body["message"] == "token is required for TokenReview in authentication"


def test_a_token_request_has_an_owner_and_needs_a_namespace(kube, namespace):
    path = base_of("serviceaccounts", namespace) + "/default/token"
    entry, = kube.do("POST", path, {"spec": {"audiences": []}})["metadata"]["managedFields"]
    assert (entry["subresource"], entry["fieldsV1"]) == ("token", {"f:spec": {"f:audiences": {}, "f:expirationSeconds": {}}})
    body = refused(kube.ask("POST", base_of("serviceaccounts", "none") + "/default/token", {"spec": {}}), 404)
    assert body["details"] == {"kind": "namespaces", "name": "none"}


@pytest.mark.parametrize("plural, times", [("secrets", 4), ("leases", 3)])
def test_what_is_checked_several_times_is_reported_as_often(kube, make, plural, times):
    path = make(plural)
    body = refused(kube.ask("PATCH", path, {"metadata": {"labels": {"a/b/c": "1"}}}, MERGE), 422)
    assert len(body["details"]["causes"]) == times and body["message"].count("a valid label key must consist of") == 1


@pytest.mark.parametrize("plural, body, field", [
    ("configmaps", {"data": {"k": "1"}, "binaryData": {"k": "dg=="}}, "data[k]"),
    ("secrets", {"metadata": {"name": "x" * 254}}, "metadata.name"),
    ("secrets", {"metadata": {"finalizers": ["nodomain"]}}, "metadata.finalizers[0]"),
    ("secrets", {"metadata": {"annotations": {"/b": "1"}}}, "metadata.annotations"),
    ("roles", {"rules": [{"apiGroups": [""], "resources": ["pods"]}]}, "rules[0].verbs"),
    ("roles", {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]}, "rules[0].nonResourceURLs"),
])
def test_more_that_is_invalid(kube, namespace, plural, body, field):
    body = body | {"metadata": {"name": "x"} | body.get("metadata", {})}
    answer = refused(kube.ask("POST", base_of(plural, namespace), body), 422)
    assert [cause["field"] for cause in answer["details"]["causes"]] == [field]


def test_empty_rules_are_a_field(kube, make):
    assert owned_by(kube.do("GET", make("roles", {"rules": []}))) == {"maker": {"f:rules": {}}}


def test_what_is_being_deleted(kube, make, namespace):
    path = make("secrets", {"metadata": {"finalizers": ["a.example/b"]}})
    shown = kube.do("DELETE", path, {"dryRun": ["All"]})
    assert shown["kind"] == "Secret" and "deletionTimestamp" not in kube.do("GET", path)["metadata"]
    kube.do("DELETE", path)
    body = refused(kube.ask("POST", base_of("secrets", namespace), {"metadata": {"name": "x"}}), 409)
    assert body["message"] == 'object is being deleted: secrets "x" already exists'
    body = refused(kube.ask("PATCH", path, {"metadata": {"finalizers": ["a.example/b", "a.example/c"]}}, MERGE), 422)
    assert 'found new finalizers []string{"a.example/c"}' in body["message"]
    version = kube.do("GET", path)["metadata"]["resourceVersion"]
    kube.do("PATCH", path, {"metadata": {"finalizers": None}}, MERGE)
    assert kube.ask("GET", path)[0] == 404
    gone, = lines_of(kube, base_of("secrets", namespace), watch="true", resourceVersion=version, timeoutSeconds="1")[1]
    assert (gone["type"], gone["object"]["metadata"]["finalizers"]) == ("DELETED", ["a.example/b"])


@pytest.mark.parametrize("operation, status", [
    ({"op": "copy", "from": "/metadata/labels", "path": "/metadata/annotations"}, 200),
    ({"op": "move", "from": "/metadata/labels", "path": "/metadata/annotations"}, 422),
    ({"op": "replace", "path": "", "value": {}}, 400),
    ({"op": "remove", "path": "/kind"}, 200),
    ({"op": "replace", "path": "/kind", "value": "Secret"}, 422),
    ({"op": "add", "path": "/metadata/name"}, 400),
])
def test_json_patches_of_the_edge(kube, make, operation, status):
    assert kube.ask("PATCH", make("configmaps"), [operation], JSON_PATCH)[0] == status


@pytest.mark.parametrize("patch, secrets, linked", [
    ({"secrets": [{"name": "b"}], "imagePullSecrets": [{"name": "b"}]}, "ba", "b"),
    ({"secrets": [{"name": "a", "$patch": "delete"}]}, "", "a"),
    ({"secrets": [{"$patch": "replace"}, {"name": "c"}], "imagePullSecrets": [{"$patch": "delete", "name": "c"}]}, "c", "c"),
    ({"$setElementOrder/secrets": [{"name": "d"}, {"name": "a"}], "secrets": [{"name": "d"}]}, "da", "a"),
    ({"$setElementOrder/secrets": [{"name": "a"}, {"name": "d"}], "secrets": [{"name": "d"}]}, "ad", "a"),
    ({"$retainKeys": ["metadata", "secrets"]}, "a", ""),
    ({"imagePullSecrets": None}, "a", ""),
])
def test_a_strategic_patch_merges_secrets_and_replaces_pull_secrets(kube, make, patch, secrets, linked):
    path = make("serviceaccounts", {"secrets": [{"name": "a"}], "imagePullSecrets": [{"name": "a"}]})
    answer = kube.do("PATCH", path, patch, STRATEGIC)
    assert "".join(item["name"] for item in answer.get("secrets", [])) == secrets
    assert "".join(item["name"] for item in answer.get("imagePullSecrets", [])) == linked


@pytest.mark.parametrize("before, patch, after", [
    ({"a": "1"}, {"$patch": "replace", "k": "1"}, {"k": "1"}), ({"a": "1"}, {"$patch": "delete"}, None),
    (None, {"$patch": "replace", "k": "1"}, None), ({"a": "1"}, {"$retainKeys": ["k"], "k": "1"}, {"k": "1"})])
def test_a_strategic_patch_of_a_map(kube, make, before, patch, after):
    path = make("configmaps", {"data": before} if before else {})
    assert kube.do("PATCH", path, {"data": patch}, STRATEGIC).get("data") == after


def test_a_strategic_patch_with_an_unknown_directive(kube, make):
    path = make("configmaps", {"data": {"a": "1"}})
    body = refused(kube.ask("PATCH", path, {"data": {"$patch": "bad", "k": "1"}}, STRATEGIC), 500)
    assert body["message"] == "unknown patch type: bad in map: map[$patch:bad k:1]"


def test_another_kind_is_refused_with_the_names_of_the_servers_types(kube, make):
    path = make("serviceaccounts")
    body = refused(kube.ask("PUT", path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}), 400)
    assert body["message"] == ('ConfigMap in version "v1" cannot be handled as a ServiceAccount: '
                               "converting (v1.ConfigMap) to (core.ServiceAccount): unknown conversion")
