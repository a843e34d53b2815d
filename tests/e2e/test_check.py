"""`acr-credential-helper check` and `convert`: what they tell of a configuration, in a file or in a cluster, their
exit codes, and the published schema of the helper's own form, which must not disagree with the program."""

import json
import re
import subprocess

import jsonschema
import pytest
import yaml

from lab import ROOT
from lab.helper import PROGRAM
from lab.objects import CONFIG

EXAMPLE = ROOT / "docs/example-configuration.yaml"
SCHEMA = json.loads((ROOT / "docs/configuration.schema.json").read_text())
ROLE = "acs:ram::1000000000000001:role/a"
RRSA = {"role": ROLE, "provider": "acs:ram::1000000000000001:oidc-provider/p"}
KEY = {"id": "LTAI1", "secret": "x"}

SPELLINGS = {
    "config_map": {"acr-registry-info": [{"instanceId": "cri-1", "assumeRoleARN": ROLE}], "watch-namespace": "all,!kube-*"},
    "add_on": {"AcrInstanceInfo": [{"instanceId": "cri-1", "assumeRoleARN": ROLE}], "watchNamespace": "all,!kube-*"},
    "file": {"instances": [{"id": "cri-1", "identity": {"assumeRoles": [{"role": ROLE}]}}], "namespaces": "all,!kube-*"},
}


MAP = f"kube-system/{CONFIG}"


def run(*arguments, text=""):
    return subprocess.run([PROGRAM, *arguments], check=False, capture_output=True, text=True, input=text, timeout=60)


def check(text, *flags):
    return run("check", "-", *flags, text=text)


def convert(text, form):
    return run("convert", "-", "--to", form, text=text)


def meaning(text):
    """The configuration that `check` tells, without the lines of the text."""
    found = told(text)["configuration"]
    for entry in found["instances"]:
        del entry["line"]
    return found


def told(text):
    return json.loads(check(text, "-o", "json").stdout)


def valid(document):
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_example_is_valid_and_good():
    assert valid(yaml.safe_load(EXAMPLE.read_text()))
    done = run("check", "--strict", EXAMPLE)
    assert done.returncode == 0, done.stdout
    assert "external ID shared-word" in done.stdout and "the worker role of the machine" in done.stdout
    assert done.stdout.endswith(f"{EXAMPLE}: good: nothing is wrong (4 instances)\n")


def examples():
    """The configurations in the documents, with something for what they leave open: `<account ID>`."""
    for document in ("configuration.md", "identities.md"):
        for block in re.findall(r"^```(?:yaml|json)\n(.*?)^```", (ROOT / "docs" / document).read_text(), re.M | re.S):
            if re.search(r"acr-registry-info|AcrInstanceInfo|^instances:", block, re.M):
                yield re.sub("<[^<>]*>", "1234567890123456", block)


EXAMPLES = list(examples())


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_documents_is_good(text):
    done = check(text, "--strict")
    assert done.returncode == 0, text + done.stdout
    for form in ("config-map", "add-on", "file"):
        again = convert(text, form)
        assert again.returncode in (0, 3) and (again.returncode == 3 or meaning(again.stdout) == meaning(text))


def test_there_are_examples_of_all_spellings():
    assert {told(text)["spelling"] for text in EXAMPLES} == set(SPELLINGS)


def test_three_spellings_mean_the_same():
    texts = [yaml.safe_dump(document) for document in SPELLINGS.values()]
    assert [told(text)["spelling"] for text in texts] == list(SPELLINGS)
    assert {told(text)["verdict"] for text in texts} == {"good"}
    assert meaning(texts[0]) == meaning(texts[1]) == meaning(texts[2])


@pytest.mark.parametrize("written", SPELLINGS)
def test_each_spelling_can_be_converted_to_each(written):
    text = yaml.safe_dump(SPELLINGS[written])
    for form, name in zip(("config-map", "add-on", "file"), SPELLINGS, strict=True):
        done = convert(text, form)
        assert done.returncode == 0 and not done.stderr, done.stderr
        assert told(done.stdout)["spelling"] == name
        assert meaning(done.stdout) == meaning(text)
        if form == "add-on":
            json.loads(done.stdout)
        if form == "file":
            assert valid(yaml.safe_load(done.stdout))
        if form == "config-map":
            assert all(isinstance(value, str) for value in yaml.safe_load(done.stdout)["data"].values())


def test_what_would_be_lost_is_reported_and_nothing_is_written():
    for text, code, words in [
            ("instances: [{id: cri-1, identity: {source: workerRole}}]", 3, "the worker role of the machine cannot be"),
            ("instances: [{id: cri-1}, {id: x}]", 3, "the rejected entries would be left out"),
            ("instances: [", 1, "standard input:1:12: fatal: "),
            ("email: ops", 0, "standard input:1:8: warning: email: ")]:
        done = convert(text, "config-map")
        assert done.returncode == code and words in done.stderr, done.stderr
        assert bool(done.stdout) == (code == 0)
    assert convert("email: ops", "toml").returncode == 2


def test_the_manifest_that_a_cluster_gives_is_read():
    data = {"acr-registry-info": "- instanceId: cri-1\n", "watch-namespace": "all,!kube-*"}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "data": data, "metadata": {
        "name": "acr-configuration", "namespace": "kube-system", "resourceVersion": "7", "annotations": {"a": "b"},
        "creationTimestamp": "2026-01-01T00:00:00Z", "uid": "0"}}
    for text in (yaml.safe_dump(manifest), json.dumps(manifest)):
        assert check(text, "--strict").returncode == 0, text


@pytest.mark.parametrize("text, flags, code, verdict", [
    ("instances: [{id: cri-1}]", [], 0, "good"),
    ("email: ops", [], 0, "warnings"),
    ("namespaces: all", [], 0, "warnings"),
    ("namespaces: all", ["--strict"], 4, "warnings"),
    ("watch-namespaces: all", [], 1, "refused"),
    ('{"name": "acr", "config": "{}"}', [], 1, "refused"),
    ("email: ops", ["--strict"], 4, "warnings"),
    ("instances: [{id: cri-1}, {id: x}]", [], 3, "entries_rejected"),
    ("instances: [{id: cri-1}, {id: x}]", ["--strict"], 3, "entries_rejected"),
    ("namespaces: all,team-a", [], 1, "refused"),
    ("instances: [", [], 1, "refused"),
    ("", [], 1, "refused"),
])
def test_exit_codes(text, flags, code, verdict):
    for form in ([], ["-o", "json"]):
        done = check(text, *flags, *form)
        assert done.returncode == code, done.stdout
    assert json.loads(done.stdout)["verdict"] == verdict


def test_quietly_it_prints_problems_and_the_verdict_only():
    done = check("instances: [{id: cri-1}, {id: x}]\nemail: ops", "-q")
    assert done.returncode == 3 and len(done.stdout.splitlines()) == 3
    assert done.stdout.endswith("standard input: entries are rejected: the others work "
                                "(1 instance, 1 problem of an entry, 1 warning)\n")
    assert check("instances: [{id: cri-1}]", "--quiet").stdout == "standard input: good: nothing is wrong (1 instance)\n"
    assert check("instances: [{id: cri-1}]", "-q", "-o", "json").returncode == 2


def test_what_cannot_be_read_and_wrong_usage(tmp_path):
    for arguments, code in (([tmp_path / "none.yaml"], 1), ([tmp_path], 1), ([], 2), (["-", "-o", "xml"], 2),
                            (["-", "--config-map", MAP], 2), (["-", "--context", "x"], 2), (["--config-map", "x"], 2),
                            (["--config-map", MAP, "--kubeconfig", tmp_path / "none"], 1)):
        done = run("check", *arguments)
        assert done.returncode == code and not done.stdout and done.stderr, arguments


def test_the_config_map_of_a_cluster_is_checked_with_one_get(lab):
    lab.configure([{"instanceId": "cri-1"}, {"instanceId": "cri-2", "domains": "https://a.example"}],
                  watch_namespace="all")
    cluster = ["--config-map", MAP, "--kubeconfig", lab.cluster.helper_kubeconfig]
    before = lab.audited()
    done = run("check", *cluster, "-o", "json")
    assert lab.requests(before) == [("get", "configmaps", "kube-system", CONFIG, 200)]
    found = json.loads(done.stdout)
    assert done.returncode == 3 and not done.stderr
    assert found["source"] == f"ConfigMap {MAP}" and found["spelling"] == "config_map"
    assert found["configuration"]["namespaces"] == "all"
    problem, advice = found["problems"]
    assert advice["key"] == "watch-namespace" and "all,!kube-*" in advice["message"]
    assert (problem["key"], problem["line"], problem["column"]) == ("acr-registry-info[1].domains", 3, 12)
    assert run("convert", *cluster, "--to", "file").returncode == 3
    lab.configure([{"instanceId": "cri-1"}], watch_namespace="all")
    done = run("convert", *cluster, "--to", "file")
    assert done.returncode == 0 and meaning(done.stdout)["namespaces"] == "all"


def test_a_config_map_that_cannot_be_read_is_reported_clearly(lab, tmp_path):
    lab.kube.delete("configmaps", "kube-system", CONFIG)

    def ask(name, kubeconfig=lab.cluster.helper_kubeconfig, *more):
        done = run("check", "--config-map", name, "--kubeconfig", kubeconfig, *more)
        assert done.returncode == 1 and not done.stdout
        return done.stderr

    assert f"read the ConfigMap {MAP} at {lab.cluster.server}: " in ask(MAP)
    assert "there is none" in ask(MAP)
    refused = ask("kube-system/theirs")
    assert "not allowed, it takes the verb get on it" in refused and "aliyun-acr-credential-helper" in refused
    assert "nobody" in ask(MAP, lab.cluster.helper_kubeconfig, "--context", "nobody")
    config = yaml.safe_load(lab.cluster.helper_kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "gone").write_text(yaml.safe_dump(config))
    assert "connect_failed" in ask(MAP, tmp_path / "gone")


def test_every_problem_is_reported_with_its_place():
    text = "renewBefore: 15\ninstances:\n- id: cri-1\n  domains: https://a.example\n- id: cri-2\n  regoin: cn-hangzhou\n"
    problems = told(text)["problems"]
    assert [(p["severity"], p["line"], p["column"]) for p in problems] == [
        ("fatal", 1, 14), ("entry_rejected", 4, 12), ("entry_rejected", 6, 3), ("fatal", 3, 1)]
    assert "region" in problems[2]["message"]
    printed = check(text).stdout
    assert "standard input:1:14: fatal: renewBefore: \"15\": " in printed
    assert "standard input:6:3: entry rejected: instances[1]: \"regoin\": " in printed


@pytest.mark.parametrize("identity", [
    "{accessKey: {id: LTAIMARKER, secret: MARKER}}",
    "{accessKey: {id: LTAIMARKER, secret: MAR KER}}",
    "{accessKey: {id: LTAIMARKER, secrte: MARKER}}",
    "{accessKey: LTAIMARKER:MARKER}",
    "{accessKey: {id: STS.MARKER, secret: MARKER}, profile: p}",
])
def test_no_secret_is_printed(identity):
    text = f"instances:\n- id: cri-1\n  identity: {identity}\n- id: cri-2\n"
    for flags in ([], ["-o", "json"]):
        done = check(text, *flags)
        assert done.stdout and "MAR" not in done.stdout + done.stderr


@pytest.mark.parametrize("identity, good", [
    ({}, True),
    ({"source": "auto", "rrsa": RRSA}, True),
    ({"accessKey": KEY}, True),
    ({"source": "accessKey", "accessKey": KEY}, True),
    ({"secretRef": {"name": "a"}, "assumeRoles": [{"role": ROLE}], "sessionDuration": "1h"}, True),
    ({"source": "profile"}, True),
    ({"roleName": "Worker"}, True),
    ({"source": "accessKey"}, False),
    ({"source": "secretRef"}, False),
    ({"source": "other"}, False),
    ({"accessKey": {"id": "LTAI1"}}, False),
    ({"accessKey": KEY, "profile": "p"}, False),
    ({"source": "workerRole", "rrsa": RRSA}, False),
    ({"profile": "p", "rrsa": RRSA}, False),
    ({"roleName": ROLE}, False),
    ({"rrsa": {"role": ROLE}}, False),
    ({"assumeRoles": [{"externalId": "word"}]}, False),
    ({"assumeRoles": [{"role": RRSA["provider"]}]}, False),
    ({"assumeRoles": [{"role": ROLE}] * 9}, False),
])
def test_schema_and_program_agree_on_identities(identity, good):
    document = {"instances": [{"id": "cri-1", "identity": identity}, {"id": "cri-2"}]}
    assert valid(document) == good
    assert (check(json.dumps(document)).returncode == 0) == good


@pytest.mark.parametrize("document, good", [
    ({}, True),
    ({"apiVersion": "acr-credential-helper/v1", "kind": "Configuration", "renewBefore": "1h30m"}, True),
    ({"namespaces": "team-a, team-b", "serviceAccounts": "*"}, True),
    ({"apiVersion": "v2", "kind": "Configuration"}, False),
    ({"namespaces": "Team_A"}, False),
    ({"namespaces": ["Team_A"]}, False),
    ({"namespaces": ["all"], "serviceAccounts": "ALL"}, True),
    ({"namespaces": ["all", "team-a"]}, False),
    ({"namespaces": []}, False),
    ({"namespaces": "team-*, !team-x", "serviceAccounts": "all,!build-*"}, True),
    ({"namespaces": ["team-*", "!team-x"], "serviceAccounts": ["all", "!build-*"]}, True),
    ({"namespaces": ["all", "team-*"]}, False),
    ({"namespaces": "!team-x"}, False),
    ({"namespaces": ["!team-x"]}, False),
    ({"namespaces": "!kube-*,all", "serviceAccounts": "! build, ALL"}, True),
    ({"namespaces": ["!kube-*", "All"], "serviceAccounts": ["!x", "robot-*"]}, True),
    ({"namespaces": "all,team-a"}, False),
    ({"namespaces": "team-a,*"}, False),
    ({"namespaces": "all,!*"}, False),
    ({"namespaces": ["team-*", "!all"]}, False),
    ({"namespaces": "team-"}, False),
    ({"serviceAccounts": {"names": ["all", "robot"]}}, True),
    ({"serviceAccounts": {"names": []}}, False),
    ({"serviceAccounts": {"names": ["*"]}}, False),
    ({"serviceAccounts": {"name": ["robot"]}}, False),
    ({"renewBefore": "15"}, False),
    ({"email": "a b"}, False),
    ({"instances": [{"id": "personal", "identity": {"rrsa": RRSA}}]}, False),
    ({"instances": [{"id": "crpi-1"}]}, False),
    ({"instances": [{"id": "crpi-1", "domains": "a.example,b.example"}]}, True),
    ({"instances": [{"id": "cri-1", "domains": ["https://a.example"]}]}, False),
    ({"instances": [{"id": "cri-1", "domains": ["*.cr.aliyuncs.com", "a.*.cr.aliyuncs.com:5000"]}]}, True),
    ({"instances": [{"id": "cri-1", "domains": "*.cr.aliyuncs.com, a.example"}]}, True),
    *[({"instances": [{"id": "cri-1", "domains": form}]}, False)
      for domain in ("*", "*.com", "a.*", "a*.b.example", "a..example", "a.example:05", "-a.example")
      for form in (domain, [domain])],
    ({"instances": [{"id": "CRI-1"}]}, False),
    ({"instances": [{"region": "cn-hangzhou"}]}, False),
])
def test_schema_and_program_agree(document, good):
    assert valid(document) == good
    if document: # nothing at all is no file to the program
        assert (check(json.dumps(document)).returncode == 0) == good
