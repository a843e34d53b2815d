"""What people do with the official Python client, on both control planes."""

import base64
import itertools
import threading

import pytest
from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from lab.objects import create_namespace
from lab.waiting import until

NUMBERS = itertools.count(1)


@pytest.fixture
def api(cluster):
    """The client with all rights, as its users load it."""
    return config.new_client_from_config(str(cluster.folder / "admin.kubeconfig"))


@pytest.fixture
def core(api):
    return client.CoreV1Api(api)


@pytest.fixture
def namespace(kube):
    return create_namespace(kube, f"python-{next(NUMBERS)}")


def secret(name="s", **data):
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return client.V1Secret(metadata=client.V1ObjectMeta(name=name, labels={"of": "python"}), data=encoded)


def test_a_secret_is_made_read_changed_and_deleted(core, namespace):
    made = core.create_namespaced_secret(namespace, secret(a="1"))
    assert (made.type, made.metadata.namespace) == ("Opaque", namespace)
    assert core.read_namespaced_secret("s", namespace).data == {"a": "MQ=="}
    patched = core.patch_namespaced_secret("s", namespace, {"data": {"b": "Mg=="}})
    assert patched.data == {"a": "MQ==", "b": "Mg=="}
    made.data = {"c": "Mw=="}
    with pytest.raises(ApiException) as late:  # of a version that is no longer there
        core.replace_namespaced_secret("s", namespace, made)
    assert (late.value.status, late.value.reason) == (409, "Conflict")
    patched.data = {"c": "Mw=="}
    assert core.replace_namespaced_secret("s", namespace, patched).data == {"c": "Mw=="}
    core.delete_namespaced_secret("s", namespace)
    with pytest.raises(ApiException) as gone:
        core.read_namespaced_secret("s", namespace)
    assert gone.value.status == 404


def test_lists_are_selected_and_paged(core, namespace):
    for number in range(5):
        core.create_namespaced_secret(namespace, secret(f"s{number}", a="1"))
    assert len(core.list_namespaced_secret(namespace, label_selector="of=python").items) == 5
    assert not core.list_namespaced_secret(namespace, label_selector="of!=python").items
    one, = core.list_namespaced_secret(namespace, field_selector="metadata.name=s3").items
    assert one.metadata.name == "s3"
    names, token = [], None
    while True:
        page = core.list_namespaced_secret(namespace, limit=2, _continue=token)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
    assert names == [f"s{number}" for number in range(5)]


def test_a_watch_tells_what_happens(core, namespace):
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    seen, watcher = [], watch.Watch()

    def look():
        for event in watcher.stream(core.list_namespaced_config_map, namespace, resource_version=version,
                                    timeout_seconds=20):
            if event["object"].metadata.name == "told":
                seen.append((event["type"], (event["object"].data or {}).get("a")))
            if event["type"] == "DELETED":
                watcher.stop()
    reader = threading.Thread(target=look)
    reader.start()
    core.create_namespaced_config_map(namespace, client.V1ConfigMap(
        metadata=client.V1ObjectMeta(name="told"), data={"a": "1"}))
    core.patch_namespaced_config_map("told", namespace, {"data": {"a": "2"}})
    core.delete_namespaced_config_map("told", namespace)
    reader.join(20)
    assert seen == [("ADDED", "1"), ("MODIFIED", "2"), ("DELETED", "2")]


def test_a_namespace_comes_with_its_account_and_goes(core):
    name = f"python-{next(NUMBERS)}"
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name)))
    until("its account is there", lambda: core.list_namespaced_service_account(name).items)
    account = core.patch_namespaced_service_account("default", name, {"imagePullSecrets": [{"name": "mine"}]})
    assert [item.name for item in account.image_pull_secrets] == ["mine"]
    core.delete_namespace(name)

    def gone():
        try:
            core.read_namespace(name)
        except ApiException as problem:
            return problem.status == 404
        return False
    until("it is gone", gone, 30)


def test_tokens_are_given_out_for_an_audience(core, namespace):
    wish = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(
        audiences=["sts.aliyuncs.com"], expiration_seconds=3600))
    answer = core.create_namespaced_service_account_token("default", namespace, wish)
    assert answer.status.token.count(".") == 2
    assert answer.status.expiration_timestamp is not None


def test_leases_and_permissions(api, namespace):
    leases = client.CoordinationV1Api(api)
    made = leases.create_namespaced_lease(namespace, client.V1Lease(
        metadata=client.V1ObjectMeta(name="lock"),
        spec=client.V1LeaseSpec(holder_identity="a", lease_duration_seconds=15)))
    made.spec.holder_identity = "b"
    assert leases.replace_namespaced_lease("lock", namespace, made).spec.holder_identity == "b"
    with pytest.raises(ApiException) as late:
        leases.replace_namespaced_lease("lock", namespace, made)
    assert late.value.status == 409


def test_what_a_restricted_account_may_not_do_is_refused(cluster, namespace):
    core = client.CoreV1Api(config.new_client_from_config(str(cluster.helper_kubeconfig)))
    with pytest.raises(ApiException) as refused:
        core.list_namespaced_secret(namespace)
    assert (refused.value.status, refused.value.reason) == (403, "Forbidden")
    assert core.list_namespace().items
