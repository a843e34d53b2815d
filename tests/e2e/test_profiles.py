"""Profiles of the vendor's tools, as standalone use finds them in the home of the user who starts the helper."""

import json

import pytest

from lab.world import FAR, KEY_ID, KEY_SECRET, ONE, OTHER, OWN, PULLER_ROLE_ARN, TWO, allow, domains_of, entry

ONE_DOMAINS, TWO_DOMAINS, FAR_DOMAINS = (domains_of(name) for name in ("one", "two", "far"))
SECOND = {"id": "LTAI5tSimulatedKey000002", "secret": "MarkerOfTheAccessKeySecret00002"}


def tool_file(home, *profiles, current="default"):
    folder = home / ".aliyun"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"current": current, "profiles": list(profiles)}))


def key_profile(name="default", key_id=KEY_ID, secret=KEY_SECRET):
    return {"name": name, "mode": "AK", "access_key_id": key_id, "access_key_secret": secret}


@pytest.fixture
def user_of_the_other_account(lab):
    """A user there whose key may do nothing but assume the role that owns the instance."""
    world = lab.world()
    own, other = world["accounts"]
    own["users"].append({"name": "bastion", "keys": [SECOND], "policy": allow(["sts:AssumeRole"])})
    other["roles"][0]["trust_policy"]["Statement"][0]["Principal"]["RAM"].append(f"acs:ram::{OWN}:user/bastion")
    lab.cloud.change(world)
    yield
    lab.cloud.change(lab.world())


def test_the_current_profile_of_the_command_line_tool_is_enough(lab, tmp_path):
    tool_file(tmp_path, key_profile("other", "LTAI5tOther", "x"), key_profile("mine"), current="mine")
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper(key=False, env={"HOME": str(tmp_path)})
    lab.wait_secret(namespace, ONE_DOMAINS)
    chosen = helper.wait_log("identity_chosen")
    assert chosen["source"] == "profile of the command line tool" and chosen["access_key_id"] == KEY_ID
    assert "environment: no AccessKey" in chosen["passed_over"]
    assert "pod identity: ALIBABA_CLOUD_ROLE_ARN is not set" in chosen["passed_over"]
    assert KEY_SECRET not in helper.program.output()


def test_a_profile_that_assumes_a_role(lab, tmp_path, user_of_the_other_account):
    del user_of_the_other_account
    tool_file(tmp_path, key_profile("key", SECOND["id"], SECOND["secret"]),
              {"name": "default", "mode": "ChainableRamRoleArn", "source_profile": "key",
               "ram_role_arn": PULLER_ROLE_ARN, "ram_session_name": "my-laptop", "expired_seconds": 1800})
    namespace = lab.namespace()
    lab.configure([entry(FAR)], watch_namespace=namespace)
    mark = lab.cloud.mark()
    lab.helper("--identity", "profile", key=False, env={"HOME": str(tmp_path)})
    lab.wait_secret(namespace, FAR_DOMAINS)
    callers = {call["caller"] for call in lab.cloud.calls("GetAuthorizationToken", since=mark)}
    assert len(callers) == 1
    caller = callers.pop()
    assert OTHER in caller and "acr-puller" in caller and "my-laptop" in caller


def test_another_key_in_the_file_is_used_at_the_next_renewal(lab, tmp_path):
    world = lab.world()
    world["accounts"][0]["users"][0]["keys"].append(SECOND)
    lab.cloud.change(world)
    try:
        tool_file(tmp_path, key_profile())
        namespace = lab.namespace()
        lab.configure([entry(ONE)], watch_namespace=namespace)
        helper = lab.helper("--identity", "profile", key=False, env={"HOME": str(tmp_path)})
        lab.wait_secret(namespace, ONE_DOMAINS)
        tool_file(tmp_path, key_profile(key_id=SECOND["id"], secret=SECOND["secret"]))
        world["accounts"][0]["users"][0]["keys"] = [SECOND]
        lab.cloud.change(world)
        lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
        lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS)
        assert helper.wait_log("profile_changed")["access_key_id"] == SECOND["id"]
    finally:
        lab.cloud.change(lab.world())


def test_a_profile_of_an_entry_of_its_own(lab, tmp_path):
    (tmp_path / ".alibabacloud").mkdir()
    (tmp_path / ".alibabacloud/credentials").write_text(
        f"[registry]\ntype = access_key\naccess_key_id = {KEY_ID}\naccess_key_secret = {KEY_SECRET}\n")
    namespace = lab.namespace()
    config = tmp_path / "acr.yaml"
    config.write_text(json.dumps({
        "apiVersion": "acr-credential-helper/v1", "kind": "Configuration", "namespaces": [namespace],
        "instances": [{"id": ONE, "region": "cn-hangzhou", "identity": {"profile": "registry"}},
                      {"id": TWO, "region": "cn-hangzhou", "identity": {"profile": "none"}}]}))
    helper = lab.helper("--config", config, key=False, env={"HOME": str(tmp_path)})
    lab.wait_secret(namespace, ONE_DOMAINS)
    told = [line for line in helper.log() if "there is no profile none (there are: registry)" in line.get("detail", "")]
    assert told and "config.json: there is no such file" in told[0]["detail"]
