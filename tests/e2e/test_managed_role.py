"""The managed role of a cluster: a token that Container Service's control plane writes to a file."""

import json

import pytest

from lab.machine import MANAGED, WORKER, Volume, addon_token, session_of
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry

ONE_DOMAINS, TWO_DOMAINS = domains_of("one"), domains_of("two")


@pytest.fixture(scope="module")
def sessions(laboratory):
    """Two tokens that the control plane could have written: their sessions differ."""
    made = [session_of(laboratory, role) for role in (MANAGED, WORKER)]
    yield made
    laboratory.cloud.change(laboratory.world())


@pytest.fixture
def volume(tmp_path):
    return Volume(tmp_path / "addon")


def start(lab, volume, *arguments):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper(*arguments, key=False,
                        env={"ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH": str(volume.folder / "token-config")})
    return namespace, helper


def keys_read(helper):
    return [line["access_key_id"] for line in helper.log("managed_role_read")]


def test_the_token_is_used_and_comes_before_the_role_of_the_machine(lab, sessions, volume):
    volume.write("token-config", addon_token(sessions[0]))
    mark = lab.cloud.mark()
    namespace, helper = start(lab, volume)
    lab.wait_secret(namespace, ONE_DOMAINS)
    assert helper.wait_log("identity_chosen")["source"] == "managed role"
    assert keys_read(helper) == [sessions[0]["AccessKeyId"]]
    assert all(MANAGED in call["caller"] for call in lab.cloud.calls("GetAuthorizationToken", since=mark))
    assert not lab.cloud.calls("metadata/role", since=mark)


def test_a_token_that_is_replaced_is_noticed_at_once_and_used_for_the_next_password(lab, sessions, volume):
    volume.write("token-config", addon_token(sessions[0]))
    namespace, helper = start(lab, volume, "--identity", "managed-role")
    lab.wait_secret(namespace, ONE_DOMAINS)
    volume.write("token-config", addon_token(sessions[1]))  # as the kubelet does
    until("the new token is read", lambda: keys_read(helper) == [s["AccessKeyId"] for s in sessions])
    mark = lab.cloud.mark()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS)
    # The role's name tells which token it was; the first instance keeps its password.
    calls = lab.cloud.calls("GetAuthorizationToken", since=mark)
    assert [(WORKER in call["caller"], call["instance"]) for call in calls] == [(True, TWO)]


def test_a_damaged_token_leaves_the_good_one_in_use(lab, sessions, volume):
    good = addon_token(sessions[0])
    volume.write("token-config", good)
    namespace, helper = start(lab, volume, "--identity", "managed-role")
    lab.wait_secret(namespace, ONE_DOMAINS)
    volume.write("token-config", good[:len(good) // 2])
    assert "the last good one stays in use" in helper.wait_log("managed_role_bad")["message"]
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS)
    volume.write("token-config", good)
    until("the good token is logged", lambda: len(keys_read(helper)) == 2)


def test_what_the_control_plane_could_not_do_is_reported_in_its_words(lab, volume):
    volume.write("token-config", json.dumps({"error": {
        "roleName": MANAGED, "code": "EntityNotExist.Role", "message": "The role not exists"}}))
    _, helper = start(lab, volume)
    line = helper.wait_log("managed_role_bad")
    assert line["service_code"] == "EntityNotExist.Role"
    assert line["detail"] == f"The role not exists (role {MANAGED})"


def test_a_token_that_comes_later_needs_no_restart(lab, sessions, volume):
    namespace, helper = start(lab, volume, "--identity", "managed-role")
    line = until("the lack of the file is logged",
                 lambda: [line for line in helper.log() if line.get("reason") == "unavailable"])[0]
    assert "token-config: no managed role here" in line["detail"]
    volume.write("token-config", addon_token(sessions[0]))
    lab.wait_secret(namespace, ONE_DOMAINS, seconds=90)
