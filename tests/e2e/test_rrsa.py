"""RRSA: a real ServiceAccount token of the real cluster opens the doors of the simulated cloud."""

import copy

from lab.kube import path_of
from lab.objects import has_passwords
from lab.waiting import until
from lab.world import (FAR, ONE, PULLER_ROLE_ARN, RRSA_ROLE_ARN, TWO, domains_of, entry,
                       personal_domains, rrsa_entry)

RRSA = {"rrsa": "enable: true\n"}
ONE_DOMAINS, TWO_DOMAINS, FAR_DOMAINS = (domains_of(name) for name in ("one", "two", "far"))


def good_calls(lab, operation, mark):
    return [call for call in lab.cloud.calls(operation, since=mark) if call["status"] == 200]


def test_the_whole_chain_with_a_requested_token_and_no_key(lab):
    namespace = lab.namespace()
    lab.configure([rrsa_entry(FAR, cross_account=True)], watch_namespace=namespace, **RRSA)
    mark = lab.cloud.mark()
    helper = lab.helper(key=False)
    lab.wait_secret(namespace, FAR_DOMAINS)
    helper.wait_served(namespace)
    assert [call["role"] for call in good_calls(lab, "AssumeRoleWithOIDC", mark)] == [RRSA_ROLE_ARN]
    assert [call["role"] for call in good_calls(lab, "AssumeRole", mark)] == [PULLER_ROLE_ARN]
    # Signed by the session of the other account's role, not by anything of ours.
    callers = {call["caller"] for call in good_calls(lab, "GetAuthorizationToken", mark)}
    assert len(callers) == 1 and "acr-puller" in callers.pop()
    tokens = [request for request in lab.requests() if request[1] == "serviceaccounts" and request[0] == "create"]
    assert tokens and all(request[2:4] == ("kube-system", "aliyun-acr-credential-helper") for request in tokens)


def test_the_own_account_needs_one_role_only(lab):
    namespace = lab.namespace()
    lab.configure([rrsa_entry(ONE)], watch_namespace=namespace, **RRSA)
    mark = lab.cloud.mark()
    lab.helper(key=False)
    lab.wait_secret(namespace, ONE_DOMAINS)
    assert len(good_calls(lab, "AssumeRoleWithOIDC", mark)) == 1
    assert not lab.cloud.calls("AssumeRole", since=mark)


def test_instances_with_the_same_roles_share_one_chain(lab):
    namespace = lab.namespace()
    lab.configure([rrsa_entry(ONE), rrsa_entry(TWO)], watch_namespace=namespace, **RRSA)
    mark = lab.cloud.mark()
    lab.helper(key=False)
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS)
    assert len(good_calls(lab, "AssumeRoleWithOIDC", mark)) == 1


def test_a_projected_token_file_is_used_if_there_is_one(lab, tmp_path):
    answer = lab.kube.do("POST", path_of("serviceaccounts", "kube-system", "aliyun-acr-credential-helper", "token"),
                         {"spec": {"audiences": ["sts.aliyuncs.com"], "expirationSeconds": 3600}})
    path = tmp_path / "token"
    path.write_text(answer["status"]["token"] + "\n")
    namespace = lab.namespace()
    lab.configure([rrsa_entry(ONE)], watch_namespace=namespace, **RRSA)
    before = lab.audited()
    lab.helper("--oidc-token-file", path, key=False)
    lab.wait_secret(namespace, ONE_DOMAINS)
    assert not [request for request in lab.requests(before)
                if request[:2] == ("create", "serviceaccounts")]


def test_a_personal_entry_is_refused_by_itself_and_the_others_work(lab):
    namespace = lab.namespace()
    lab.configure([entry(), rrsa_entry(ONE)], watch_namespace=namespace, **RRSA)
    helper = lab.helper(key=False)
    secret = lab.wait_secret(namespace, ONE_DOMAINS)
    assert not has_passwords(secret, personal_domains()[:1])
    told = until("the refusal is logged", lambda: [
        line for line in helper.log() if line["level"] in ("warning", "error") and "ersonal" in str(line)])
    assert "RRSA" in str(told).upper()


def test_a_role_that_does_not_trust_us_is_reported_with_its_code_and_recovers(lab):
    namespace = lab.namespace()
    world = lab.world()
    distrusting = copy.deepcopy(world)
    role = distrusting["accounts"][0]["roles"][0]
    role["trust_policy"]["Statement"][0]["Condition"]["StringEquals"]["oidc:sub"] = "system:serviceaccount:a:b"
    lab.cloud.change(distrusting)
    try:
        lab.configure([rrsa_entry(ONE), entry(TWO)], watch_namespace=namespace, **RRSA)
        helper = lab.helper()
        lab.wait_secret(namespace, TWO_DOMAINS)
        line = until("the refusal is logged", lambda: [
            line for line in helper.log() if line.get("service_code") == "AuthenticationFail.NoPermission"])[0]
        assert line["level"] in ("warning", "error")
    finally:
        lab.cloud.change(world)
    # A new configuration is a new chance, at once.
    lab.configure([rrsa_entry(ONE, expireDuration=7200), entry(TWO)], watch_namespace=namespace, **RRSA)
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS, seconds=60)


def test_rrsa_can_be_switched_on_while_it_runs(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS)
    lab.configure([rrsa_entry(ONE), rrsa_entry(FAR, cross_account=True)], watch_namespace=namespace, **RRSA)
    lab.wait_secret(namespace, ONE_DOMAINS + FAR_DOMAINS)
    assert helper.program.running
