"""`acr-credential-helper doctor` walks the whole way and names what is wrong, before anything is run."""

import json
import os
import re
import subprocess

import yaml

from lab import ROOT, guard
from lab.command import complaints
from lab.helper import INHERITED, PROGRAM
from lab.kube import plural_of
from lab.objects import configuration
from lab.world import FAR, KEY_ID, KEY_SECRET, ONE, PULLER_ROLE_ARN, REGION, TWO, entry, rrsa_entry

LABORATORY = {"registry": True}


def doctor(lab, *arguments, kubeconfig="helper", key=True):
    if lab.registry.program is None:
        lab.registry.start(lab.cloud.report["http"] + "/auth", lab.cloud.report["registry_token_cert"], "cloudsim")
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ} | {"HOME": str(lab.folder)}
    if key:
        environment |= {"ALIBABA_CLOUD_ACCESS_KEY_ID": KEY_ID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY_SECRET}
    return subprocess.run([PROGRAM, "doctor", "--kubeconfig", lab.cluster.folder / f"{kubeconfig}.kubeconfig",
                           "--region", REGION, *lab.cloud.helper_arguments(), *arguments],
                          capture_output=True, text=True, timeout=120, env=environment)


def lines(done, mark):
    return [line for line in done.stdout.splitlines() if line.startswith(mark)]


def test_where_all_is_well_each_step_is_reported_and_nothing_is_written(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), rrsa_entry(FAR, cross_account=True)], rrsa="enable: true", watch_namespace="all")
    done = doctor(lab)
    assert (done.returncode, complaints(done)) == (0, []), done.stdout
    assert re.fullmatch(r"\d+ ok, \d+ notes?, 0 FAULTs", done.stdout.splitlines()[-1])
    told = done.stdout
    assert lines(done, "FAULT") == []
    for part in (f"API server {lab.cluster.server} answers", "the clock agrees with that of the API server",
                 "configuration ConfigMap kube-system/acr-configuration: 2 instances",
                 "may list, watch, patch serviceaccounts in all namespaces",
                 f"the helper's own identity: environment, AccessKey {KEY_ID}",
                 f"cr GetAuthorizationToken of {ONE}, ", f"{ONE}@{REGION}: a credential until ",
                 f"{lab.registry.host} accepts the credential", "sts AssumeRoleWithOIDC of ",
                 f"sts AssumeRole of {PULLER_ROLE_ARN}, ", f"{FAR}@{REGION}: a credential until ",
                 "the clock agrees with that of Alibaba Cloud"):
        assert part in told, part
    # The names of the real instance do not exist here; that is no fault of the helper.
    assert any("does not resolve here" in line for line in lines(done, "note"))
    assert lab.secret(namespace) is None
    assert KEY_SECRET not in told


def test_what_is_wrong_is_reported_with_cause_and_remedy(lab):
    lab.configure([entry(ONE), entry("nonsense"), entry(TWO)], watch_namespace="all")
    lab.cloud.fault("error_code", "GetAuthorizationToken", match={"instance": TWO}, code="NoPermission", status=403)
    lab.cloud.fault("http_status", "registry/auth", status=401)
    with lab.without_rights():
        done = doctor(lab)
    assert done.returncode == 3
    faults = "\n".join(lines(done, "FAULT"))
    assert "may not list, watch, patch serviceaccounts in all namespaces: needed to link ServiceAccounts" in faults
    assert "nonsense" in faults
    assert f"{TWO}@{REGION}: cr GetAuthorizationToken of {TWO}: NoPermission" in faults
    assert f"{lab.registry.host} refuses the user and password" in faults
    assert "-> attach a policy to it that allows cr:GetAuthorizationToken" in done.stdout
    assert f"{ONE}@{REGION}: a credential until" in done.stdout  # the other one's trouble is its own


def test_programs_read_json_and_an_api_server_that_is_away_is_the_first_thing_said(lab):
    lab.configure([entry(ONE)], watch_namespace="all")
    done = doctor(lab, "-o", "json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["healthy"] is True and {one["level"] for one in told["findings"]} == {"ok", "note"}
    broken = lab.folder / "away.kubeconfig"
    broken.write_text((lab.cluster.folder / "admin.kubeconfig").read_text().replace(lab.cluster.server,
                                                                                   "https://127.0.0.1:1"))
    away = subprocess.run([PROGRAM, "doctor", "--kubeconfig", broken], capture_output=True, text=True, timeout=60)
    assert away.returncode == 1
    assert away.stdout.startswith("FAULT  API server https://127.0.0.1:1: ")


def test_a_token_file_that_cannot_be_looked_for_is_none(lab, tmp_path):
    lab.configure([entry(ONE)], watch_namespace="all")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)  # refused to root as well, unlike a folder of others
    done = doctor(lab, "--oidc-token-file", loop / "token")
    assert (done.returncode, complaints(done)) == (0, []), done
    assert f"{ONE}@{REGION}: a credential until " in done.stdout


def test_policies_that_guard_the_account_are_looked_for_by_who_may(lab):
    lab.configure([entry(ONE)], watch_namespace="all")
    about = "policies keep the helper's account to what the helper does"
    assert any(f"whether {about} cannot be seen" in line for line in lines(doctor(lab), "note"))

    def told():
        done = doctor(lab, kubeconfig="admin")
        return done.returncode, [line for line in done.stdout.splitlines()
                                 if about in line or "stolen token" in line or "policy | kubectl" in line]
    assert told() == (0, [f"ok     {about}"])
    tokens = "acr-credential-helper-tokens"
    binding = lab.kube.get("validatingadmissionpolicybindings", None, tokens)
    try:
        lab.kube.delete("validatingadmissionpolicybindings", None, tokens)
        code, found = told()
        assert code == 3 and found[0].startswith(f"FAULT  the policy {tokens} has no binding")
        assert "acr-credential-helper policy | kubectl apply -f -" in found[1]
        guard.remove(lab.kube)
        code, found = told()
        assert code == 0 and found[0].startswith("note   ") and "cluster-admin" in found[0]
    finally:
        # What the remedy says ends it; also for the tests that follow.
        printed = subprocess.run([PROGRAM, "policy"], capture_output=True, text=True, check=True).stdout
        for item in yaml.safe_load_all(printed):
            lab.kube.apply(plural_of(item["kind"]), None, item)
        guard.wait_in_force(lab.cluster.restricted)
    assert binding["spec"] == lab.kube.get("validatingadmissionpolicybindings", None, tokens)["spec"]
    assert told() == (0, [f"ok     {about}"])


def test_the_policy_about_the_webhook_is_looked_for_where_the_helper_may_change_it(lab):
    name = "acr-credential-helper-webhook"
    made = [item for item in yaml.safe_load_all((ROOT / "deploy/manifest.yaml").read_text())
            if item["kind"].startswith("Validating") and item["metadata"]["name"] == name]
    lab.configure([entry(ONE)], watch_namespace="all")

    def faults():
        return [line for line in lines(doctor(lab, kubeconfig="admin"), "FAULT") if name in line]
    assert len(made) == 2 and faults() == []  # there is no webhook
    lab.kube.create("mutatingwebhookconfigurations", None, {"metadata": {"name": "acr-credential-helper"}})
    try:
        assert [line.startswith(f"FAULT  the policy {name} is missing") for line in faults()] == [True]
        for item in made:
            lab.kube.create(plural_of(item["kind"]), None, item)
        assert faults() == []
        for item in made:
            lab.kube.delete(plural_of(item["kind"]), None, name)
    finally:
        lab.kube.delete("mutatingwebhookconfigurations", None, "acr-credential-helper")


def alone(lab, *arguments, **environment):
    """Without a cluster: a laptop before anything is installed."""
    known = {name: os.environ[name] for name in INHERITED if name in os.environ} | {"HOME": str(lab.folder / "nobody")}
    return subprocess.run([PROGRAM, "doctor", "--region", REGION, *lab.cloud.helper_arguments(), *arguments],
                          capture_output=True, text=True, timeout=120, env=known | environment)


def test_without_a_cluster_it_tells_of_configuration_identity_and_registries(lab):
    file = lab.folder / "acr.yaml"
    file.write_text(yaml.safe_dump(configuration([entry(ONE), rrsa_entry(FAR)], rrsa="enable: true",
                                                 watch_namespace="all")))
    told = alone(lab, "--config", file, ALIBABA_CLOUD_ACCESS_KEY_ID=KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET=KEY_SECRET)
    assert told.returncode == 3
    assert "no cluster was found" in told.stdout and f"{ONE}@{REGION}: a credential until" in told.stdout
    assert "may list" not in told.stdout
    assert len(lines(told, "FAULT")) == 1 and "there is no cluster to take a token or a Secret from" in told.stdout
    file.write_text(yaml.safe_dump(configuration([entry(ONE)], watch_namespace="all")))
    good = alone(lab, "--config", file, ALIBABA_CLOUD_ACCESS_KEY_ID=KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET=KEY_SECRET)
    assert good.returncode == 0, good
    assert alone(lab).returncode == 1  # without a file it is about a cluster
    assert alone(lab, "--config", file, "--kubeconfig", "/nonexistent").returncode == 1  # and so if one is named


def test_one_fault_of_all_instances_is_reported_once_with_its_remedy(lab):
    file = lab.folder / "acr.yaml"
    file.write_text(yaml.safe_dump(configuration([entry(ONE), entry(TWO), entry(FAR)], watch_namespace="all")))
    told = alone(lab, "--config", file, ALIBABA_CLOUD_ECS_METADATA_DISABLED="true")
    assert told.returncode == 3
    assert len(lines(told, "FAULT")) == 1 and "(3 of them)" in lines(told, "FAULT")[0]
    rows = told.stdout.splitlines()
    assert all(rows[at + 1].startswith("       -> ") for at, row in enumerate(rows) if row.startswith("FAULT"))
    assert rows[-1].endswith("1 FAULT") and "clock agrees with that of Alibaba Cloud" not in told.stdout


def test_whether_passwords_open_repositories_is_asked_for_images(lab):
    lab.configure([entry(ONE)], watch_namespace="all")
    assert "(cr:PullRepository) was not checked" in doctor(lab).stdout
    image = f"{lab.registry.host}/none/such:1"
    told = doctor(lab, "-i", image)
    assert told.returncode == 3 and any(f"{image}: " in line for line in lines(told, "FAULT"))
    for _ in range(20):  # nothing is waited for in between
        assert "there is no credential" not in doctor(lab, "-i", image, "--verify-login=false").stdout
    nobodys = doctor(lab, "-i", "else.example/x")
    assert any("there is no credential for else.example" in line for line in lines(nobodys, "FAULT"))
