"""Who the helper is in Alibaba Cloud: each source by itself, and the order in which they are tried."""

import base64
import copy

import pytest

from lab.kube import path_of
from lab.waiting import until
from lab.world import (FAR, KEY_ID, KEY_SECRET, ONE, PROVIDER_ARN, RRSA_ROLE_ARN, TWO, domains_of, entry,
                       rrsa_entry)

ADDON_SECRET = "alibaba-addon-secret"
ONE_DOMAINS, TWO_DOMAINS, FAR_DOMAINS = (domains_of(name) for name in ("one", "two", "far"))
SECOND_KEY = {"id": "LTAI5tSimulatedKey000002", "secret": "MarkerOfTheAccessKeySecret00002"}


def addon_secret(key_id, secret):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": ADDON_SECRET},
            "data": {name: base64.b64encode(value.encode()).decode()
                     for name, value in (("access-key-id", key_id), ("access-key-secret", secret))}}


@pytest.fixture
def no_addon_secret(lab):
    yield
    lab.kube.ask("DELETE", path_of("secrets", "kube-system", ADDON_SECRET))


def callers(lab, mark, operation="GetAuthorizationToken"):
    return {call["caller"] for call in lab.cloud.calls(operation, since=mark) if call["status"] == 200}


def test_the_environment_comes_first_and_the_log_tells(lab, no_addon_secret):
    lab.kube.create("secrets", "kube-system", addon_secret(KEY_ID, KEY_SECRET))
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS)
    line = helper.wait_log("identity_chosen")
    assert line["source"] == "environment" and line["access_key_id"] == KEY_ID
    assert not [request for request in lab.requests() if request[3] == ADDON_SECRET]


def test_the_secret_of_a_registered_cluster_is_used_as_soon_as_it_is_there(lab, no_addon_secret):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper(key=False)
    line = until("the lack of an identity is logged", lambda: [
        line for line in helper.log() if line.get("reason") == "unavailable"])[0]
    for source in ("environment", "pod identity", ADDON_SECRET):
        assert source in str(line)
    lab.kube.create("secrets", "kube-system", addon_secret(KEY_ID, KEY_SECRET + "\n"))
    lab.wait_secret(namespace, ONE_DOMAINS, seconds=90)
    chosen = helper.wait_log("identity_chosen")
    assert ADDON_SECRET in chosen["source"] and "ALIBABA_CLOUD_ACCESS_KEY_ID" in chosen["passed_over"]


def test_a_key_rotated_in_its_secret_is_used_without_a_restart(lab, no_addon_secret):
    world = lab.world()
    both = copy.deepcopy(world)
    both["accounts"][0]["users"][0]["keys"].append(SECOND_KEY)
    lab.cloud.change(both)
    try:
        lab.kube.create("secrets", "kube-system", addon_secret(KEY_ID, KEY_SECRET))
        namespace = lab.namespace()
        lab.configure([entry(ONE)], watch_namespace=namespace)
        lab.helper("--identity", f"secret=kube-system/{ADDON_SECRET}", key=False)
        lab.wait_secret(namespace, ONE_DOMAINS)
        # The old key ends; the new one is in the Secret.
        only_new = copy.deepcopy(both)
        only_new["accounts"][0]["users"][0]["keys"] = [SECOND_KEY]
        lab.kube.do("PUT", path_of("secrets", "kube-system", ADDON_SECRET),
                    addon_secret(SECOND_KEY["id"], SECOND_KEY["secret"]))
        lab.cloud.change(only_new)
        lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
        lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS, seconds=60)
    finally:
        lab.cloud.change(world)


def test_the_environment_of_the_pod_identity_webhook(lab, tmp_path):
    answer = lab.kube.do("POST", path_of("serviceaccounts", "kube-system", "aliyun-acr-credential-helper", "token"),
                         {"spec": {"audiences": ["sts.aliyuncs.com"], "expirationSeconds": 3600}})
    token = tmp_path / "token"
    token.write_text(answer["status"]["token"])
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    mark = lab.cloud.mark()
    helper = lab.helper(key=False, env={"ALIBABA_CLOUD_ROLE_ARN": RRSA_ROLE_ARN,
                                        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": PROVIDER_ARN,
                                        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(token)})
    lab.wait_secret(namespace, ONE_DOMAINS)
    assert helper.wait_log("identity_chosen")["source"] == "pod identity"
    assert any("acr-rrsa" in caller for caller in callers(lab, mark))


def test_rrsa_enabled_on_the_cluster_after_the_start(lab):
    world = lab.world()
    without = copy.deepcopy(world)
    without["accounts"][0]["oidc_providers"] = []
    lab.cloud.change(without)
    try:
        namespace = lab.namespace()
        lab.configure([rrsa_entry(ONE), entry(TWO)], watch_namespace=namespace, rrsa="enable: true\n")
        helper = lab.helper()
        lab.wait_secret(namespace, TWO_DOMAINS)
        until("the refusal is logged", lambda: [line for line in helper.log()
                                              if "AuthenticationFail" in line.get("service_code", "")])
        lab.cloud.change(world)
        # The operator says that something has changed; nothing is restarted.
        lab.configure([rrsa_entry(ONE, expireDuration=7200), entry(TWO)], watch_namespace=namespace,
                      rrsa="enable: true\n")
        lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS, seconds=60)
    finally:
        lab.cloud.change(world)


def test_identities_are_shared_also_the_first_role_of_longer_chains(lab):
    namespace = lab.namespace()
    lab.configure([rrsa_entry(ONE), rrsa_entry(TWO), rrsa_entry(FAR, cross_account=True)],
                  watch_namespace=namespace, rrsa="enable: true\n")
    mark = lab.cloud.mark()
    lab.helper(key=False)
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS + FAR_DOMAINS)
    counts = {operation: len(lab.cloud.calls(operation, since=mark))
              for operation in ("AssumeRoleWithOIDC", "AssumeRole", "GetAuthorizationToken")}
    assert counts == {"AssumeRoleWithOIDC": 1, "AssumeRole": 1, "GetAuthorizationToken": 3}


def test_sessions_are_named_after_cluster_and_instance(lab):
    namespace = lab.namespace()
    lab.configure([rrsa_entry(FAR, cross_account=True)], watch_namespace=namespace, rrsa="enable: true\n")
    mark = lab.cloud.mark()
    lab.helper("--cluster-name", "prod-1", key=False)
    lab.wait_secret(namespace, FAR_DOMAINS)
    assert any(f"acr-helper.prod-1.{FAR}" in caller for caller in callers(lab, mark)), callers(lab, mark)
