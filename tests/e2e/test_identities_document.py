"""docs/identities.md is followed to the letter: its examples are used as they are, with the names of this
world filled in, and each log line that it explains is brought about."""

import copy
import json
import shlex
import time

import pytest
import yaml

from lab.document import Document, filled, said, shown
from lab.kube import path_of
from lab.machine import MANAGED, WORKER, Volume, addon_token, encrypted, session_of, with_machine
from lab.objects import CONFIG, configure
from lab.waiting import until
from lab.world import KEY_ID, KEY_SECRET, OTHER, OWN, REGION, domains_of, instance

DOCUMENT = Document("identities.md")
CRI = "cri-1234567890abcdef"  # of the document's examples
DOMAINS = domains_of("documented")
CLUSTER = "c0123456789"
VALUES = {"account_ID": OWN, "own_account_ID": OWN, "other_account_ID": OTHER, "name": "documented",
          "cluster_ID": CLUSTER, "region": REGION, "instance_ID": CRI}
ROLE = f"acs:ram::{OWN}:role/documented"
FAR_ROLE = f"acs:ram::{OTHER}:role/documented"
ADDON_SECRET = "alibaba-addon-secret"
ACROSS = "Roles of other accounts"


def example(heading, language, number=0, **more):
    return filled(DOCUMENT.examples(heading, language)[number], **{**VALUES, **more})


def policy(heading="", number=0, **more):
    return json.loads(example(heading, "json", number, **more))


def both(first, second):
    return {**first, "Statement": first["Statement"] + second["Statement"]}


def documented_world(lab, owner=OWN):
    """Two accounts made by the document: a user, a role for RRSA, and a role of the other account. The
    instance belongs to one of them."""
    world = lab.world()
    own, other = world["accounts"]
    for account in (own, other):
        account["instances"] = [instance(CRI, "documented")] if account["id"] == owner else []
    own["users"] = [{"name": "documented", "policy": policy(), "keys": [{"id": KEY_ID, "secret": KEY_SECRET}]}]
    own["oidc_providers"][0]["name"] = f"ack-rrsa-{CLUSTER}"
    own["roles"] = [{"name": "documented", "trust_policy": policy("RRSA", issuer_URL=lab.cluster.server),
                     "policy": both(policy(), policy(ACROSS, 1))}]
    other["roles"] = [{"name": "documented", "trust_policy": policy(ACROSS), "policy": policy()}]
    return world


class Case:
    """One cluster, one cloud, one operator who follows the document."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder
        self.namespace = lab.namespace(stem="doc")
        self.volume = Volume(folder / "addon")
        self.home = folder / "home"
        self.home.mkdir()
        self.world = documented_world(lab)

    def apply(self, **change):
        """The world as it is now; `change` replaces parts of accounts: own_users=[...]."""
        for key, value in change.items():
            owner, part = key.split("_", 1)
            self.world["accounts"][owner == "other"][part] = value
        self.lab.cloud.change(self.world)

    def configure(self, *texts, **entry):
        """The keys of one or several examples; `entry` replaces fields of its entry."""
        data = {}
        for text in texts:
            data |= yaml.safe_load(text)
        entries = yaml.safe_load(data.pop("acr-registry-info", f"- instanceId: {CRI}\n"))
        entries[0] |= {"regionId": REGION, **entry}
        configure(self.lab.kube, entries, watch_namespace=self.namespace,
                  **{key.replace("-", "_"): value for key, value in data.items()})

    def start(self, *arguments, key=False, **environment):
        return self.lab.helper(*arguments, key=key, env={
            "HOME": str(self.home),
            "ALIBABA_CLOUD_ACK_ADDON_TOKEN_PATH": str(self.volume.folder / "token-config"), **environment})

    def served(self):
        self.lab.wait_secret(self.namespace, DOMAINS)


@pytest.fixture
def case(lab, tmp_path):
    lab.kube.ask("DELETE", path_of("secrets", "kube-system", ADDON_SECRET))
    made = Case(lab, tmp_path)
    made.apply()
    made.configure()
    yield made
    lab.kube.ask("DELETE", path_of("secrets", "kube-system", ADDON_SECRET))
    lab.kube.ask("DELETE", path_of("configmaps", "kube-system", CONFIG))
    lab.cloud.change(lab.world())


# What an operator does in each case.

def create_secret(case, key_id=KEY_ID, secret=KEY_SECRET):
    """As kubectl does for the command in the document."""
    words = shlex.split(example("AccessKey in a Secret", "sh").replace("\\\n", " "))
    assert words[:6] == ["kubectl", "-n", "kube-system", "create", "secret", "generic"]
    data = dict(word.removeprefix("--from-literal=").split("=") for word in words[7:])
    assert all(word.startswith("--from-literal=") for word in words[7:])
    names = {"LTAI...": key_id, "...": secret}
    case.lab.kube.create("secrets", "kube-system", {
        "metadata": {"name": words[6]}, "stringData": {key: names[value] for key, value in data.items()}})


def write_profile(case, text=None):
    folder = case.home / ".alibabacloud"
    folder.mkdir(exist_ok=True)
    made = example("Profiles of the vendor's tools", "ini") if text is None else text
    (folder / "credentials").write_text(made.replace("LTAI...", KEY_ID).replace("= ...", f"= {KEY_SECRET}"))


def tool_profile(case, *profiles):
    (case.home / ".aliyun").mkdir(exist_ok=True)
    (case.home / ".aliyun/config.json").write_text(json.dumps({"profiles": list(profiles)}))


def key_profile(**more):
    return {"name": "default", "mode": "AK", "access_key_id": KEY_ID, "access_key_secret": KEY_SECRET, **more}


def by_rrsa(case, **entry):
    case.configure(example("RRSA", "yaml"), **entry)
    return case.start()


def across(case, *arguments, **entry):
    """RRSA, and from there into the other account, to which the instance belongs."""
    found = yaml.safe_load(yaml.safe_load(example(ACROSS, "yaml"))["acr-registry-info"])[0]
    return by_rrsa(case, **{**found, **entry})


def far(case):
    case.world = documented_world(case.lab, owner=OTHER)
    case.apply()


def key_of_environment():
    return {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}


# The cases that work.

def test_access_key_in_the_environment(case):
    variables = [name for name in key_of_environment() if f"`{name}`" in DOCUMENT.section("AccessKey in the environment")]
    assert variables == list(key_of_environment())
    case.start("--identity", "environment", **key_of_environment())
    case.served()


def test_the_policy_may_be_narrowed_as_it_says(case):
    narrowed = policy()
    resources = [filled(text, **VALUES) for text in DOCUMENT.section("").split("`") if text.startswith("acs:cr:")]
    assert len(resources) == 2
    narrowed["Statement"][0]["Resource"] = resources
    case.apply(own_users=[{**case.world["accounts"][0]["users"][0], "policy": narrowed}])
    case.start(**key_of_environment())
    case.served()


def test_access_key_in_a_secret(case):
    create_secret(case)
    helper = case.start()
    case.served()
    assert ADDON_SECRET in helper.wait_log("identity_chosen")["source"]


def test_access_key_of_one_instance(case):
    text = example("AccessKey of one instance", "yaml")
    case.configure(text.replace("LTAI...", KEY_ID).replace(": ...", f": {KEY_SECRET}"))
    case.start()
    case.served()


def test_profile(case):
    case.apply(own_users=[{**case.world["accounts"][0]["users"][0], "policy": {
        "Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE}]}}])
    case.world["accounts"][0]["roles"][0]["trust_policy"]["Statement"].append(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{OWN}:user/documented"]}})
    case.apply()
    write_profile(case)
    mark = case.lab.cloud.mark()
    case.start()
    case.served()
    assert {call["caller"] for call in case.lab.cloud.calls("GetAuthorizationToken", since=mark)} == {
        f"{ROLE}/acr-helper"}


def test_rrsa(case):
    by_rrsa(case)
    case.served()


def test_roles_of_other_accounts_and_how_sessions_are_named(case):
    far(case)
    mark = case.lab.cloud.mark()
    across(case)
    case.served()
    named = DOCUMENT.section(ACROSS)
    assert "`acr-helper.<cluster>.<instance>`" in named and "the ID in the name of its OIDC provider" in named
    assert {call["caller"] for call in case.lab.cloud.calls("GetAuthorizationToken", since=mark)} == {
        f"{FAR_ROLE}/acr-helper.{CLUSTER}.{CRI}"}


# The log lines that it explains. Each is brought about by one of these, which start a helper.

def add_user_key(case, **key):
    user = case.world["accounts"][0]["users"][0]
    case.apply(own_users=[{**user, "keys": [{**user["keys"][0], **key}]}])


def without_the_key(case):
    create_secret(case)
    add_user_key(case, id="LTAI5tAnother")
    return case.start()


def with_a_disabled_key(case):
    create_secret(case)
    add_user_key(case, active=False)
    return case.start()


def with_another_secret(case):
    case.lab.kube.create("secrets", "kube-system", {"metadata": {"name": ADDON_SECRET},
                                                    "stringData": {"key": "x", "secret": "x"}})
    return case.start()


def profile_changes(case):
    tool_profile(case, key_profile())
    helper = case.start("--identity", "profile")
    case.served()
    user = case.world["accounts"][0]["users"][0]
    second = {"id": "LTAI5tSimulatedKey000002", "secret": "MarkerOfTheAccessKeySecret00002"}
    case.apply(own_users=[{**user, "keys": [*user["keys"], second]}])
    tool_profile(case, key_profile(access_key_id=second["id"], access_key_secret=second["secret"]))
    ask_again(case)
    return helper


def profile_goes_bad(case):
    tool_profile(case, key_profile())
    helper = case.start("--identity", "profile")
    case.served()
    (case.home / ".aliyun/config.json").write_text("{")
    ask_again(case)
    return helper


def ask_again(case):
    """One more entry of the configuration: the helper needs a password, and credentials for it."""
    configure(case.lab.kube, [{"instanceId": CRI, "regionId": REGION}, {"instanceId": "", "regionId": REGION}],
              watch_namespace=case.namespace)


def with_profile(**profile):
    def go(case):
        tool_profile(case, {"name": "default", **profile})
        return case.start("--identity", "profile")
    return go


def another_profile(case):
    tool_profile(case, key_profile())
    return case.start("--identity", "profile=none")


def provider_without_role(case):
    return by_rrsa(case, rrsaOIDCProviderRoleARN=f"acs:ram::{OWN}:oidc-provider/another")


def other_subject(case):
    statement = case.world["accounts"][0]["roles"][0]["trust_policy"]["Statement"][0]
    statement["Condition"]["StringEquals"]["oidc:sub"] = "system:serviceaccount:default:another"
    case.apply()
    return by_rrsa(case)


def other_issuer(case):
    case.world["accounts"][0]["oidc_providers"][0]["issuer"] = "https://another.example"
    case.apply()
    return by_rrsa(case)


def across_after(change):
    def go(case):
        far(case)
        change(case)
        case.apply()
        return across(case)
    return go


def take_assume_role(case):
    case.world["accounts"][0]["roles"][0]["policy"] = policy()


def trust_another(case):
    statement = case.world["accounts"][1]["roles"][0]["trust_policy"]["Statement"][0]
    statement["Principal"] = {"RAM": [f"acs:ram::{OWN}:role/another"]}


def across_with_another_external_id(case):
    far(case)
    trust_another(case)
    case.apply()
    return across(case, assumeRoleExternalId="another-id")


def take_role(case):
    case.world["accounts"][1]["roles"] = []


def take_instance(case):
    case.world["accounts"][1]["instances"] = []


def across_for_too_long(case):
    far(case)
    return across(case, expireDuration=7200)


def on_machine(**how):
    def go(case):
        case.lab.cloud.change(with_machine(case.world, policy=policy(), **how))
        return case.start("--identity", "worker-role")
    return go


def nobody_there(case):
    report = case.lab.cloud.report
    kept, report["http"] = report["http"], "http://127.0.0.1:9"
    try:
        return case.start("--identity", "worker-role")
    finally:
        report["http"] = kept


def tokens_do_not_arrive(case):
    case.lab.cloud.change(with_machine(case.world, attached=WORKER, mode="required"))
    case.lab.cloud.fault("silence", "metadata/token")  # as with a hop limit of 1
    return case.start("--identity", "worker-role")


def with_token(change=lambda token: token):
    def go(case):
        session = session_of(case.lab, MANAGED)
        token = json.loads(addon_token(session))
        case.apply()
        made = change(token)
        case.volume.write("token-config", made if isinstance(made, str) else json.dumps(made))
        return case.start("--identity", "managed-role")
    return go


def expired(token):
    return {**token, "expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))}


ERROR = {"error": {"roleName": MANAGED, "code": "EntityNotExist.Role", "message": "The role not exists"}}

SITUATIONS = {
    "Profiles of the vendor's tools": [
        with_profile(**{key: value for key, value in key_profile().items() if key != "name"}),
        profile_changes, profile_goes_bad, another_profile, with_profile(mode="CloudSSO"),
        with_profile(mode="AK", access_key_id=KEY_ID)],
    "AccessKey in a Secret": [
        lambda case: case.start("--identity", f"secret={ADDON_SECRET}"),
        lambda case: case.start("--identity", "secret=kube-system/another"),
        with_another_secret, without_the_key, with_a_disabled_key],
    "RRSA": [by_rrsa, provider_without_role, other_subject, other_issuer,
             lambda case: by_rrsa(case, rrsaRoleARN=f"acs:ram::{OWN}:role/another")],
    ACROSS: [across_after(lambda case: None), across_after(take_assume_role), across_after(trust_another),
             across_with_another_external_id, across_after(take_role), across_for_too_long, across_after(take_instance)],
    "Worker role": [
        on_machine(attached=WORKER), None, on_machine(), nobody_there, on_machine(mode="disabled"),
        tokens_do_not_arrive],
    "Managed role": [
        with_token(), lambda case: case.start("--identity", "managed-role"), with_token(lambda token: ERROR),
        with_token(expired), with_token(lambda token: json.dumps(token)[:40]),
        with_token(lambda token: {key: value for key, value in token.items() if key != "keyring"}),
        with_token(lambda token: {**token, "access.key.id": encrypted("x", "another-keyring1")})],
}
# Not brought about here, with the reason.
ELSEWHERE = {"`worker_role_changed`": "takes ten minutes: tests/actors/identity/worker_role_test.cpp, in virtual time"}

ROWS = [(heading, number, cell) for heading in DOCUMENT.headings()
        for number, cell in enumerate(DOCUMENT.log_rows(heading)) if cell not in ELSEWHERE]


def test_every_log_line_that_is_explained_has_a_situation():
    for heading in DOCUMENT.headings():
        assert len(DOCUMENT.log_rows(heading)) == len(SITUATIONS.get(heading, [])), heading
    assert {cell for heading in SITUATIONS for cell, situation in zip(DOCUMENT.log_rows(heading), SITUATIONS[heading])
            if situation is None} == set(ELSEWHERE)


@pytest.mark.parametrize(("heading", "number", "cell"), ROWS, ids=lambda value: str(value)[:40])
def test_each_log_line_that_is_explained(case, heading, number, cell):
    helper = SITUATIONS[heading][number](case)
    patterns = said(cell)
    until(f"{cell} is in the log", lambda: [line for line in map(shown, helper.log())
                                            if all(pattern.search(line) for pattern in patterns)], 20)
