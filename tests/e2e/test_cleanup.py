"""`acr-credential-helper cleanup` leaves nothing of the helper, and everything else as it was."""

import contextlib
import http.server
import json
import os
import pty
import re
import subprocess
import threading
from datetime import datetime, timedelta, timezone

import pytest
import yaml

from lab import version
from lab.command import complaints, without_cluster
from lab.helper import PROGRAM
from lab.kube import APPLY, path_of, plural_of
from lab.objects import MANAGED_BY, SECRET, link_raw, pull_secrets
from lab.world import ONE, TWO, domains_of, entry


LEASE = "acr-credential-helper"


def not_admission(done):
    """What it complains of, but for the policies that guard the account of the tests."""
    return [line for line in complaints(done) if "it was installed with the helper" not in line]


def cleanup(lab, *arguments):
    return subprocess.run([PROGRAM, "cleanup", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig", *arguments],
                          capture_output=True, text=True, timeout=60)


def without_leftovers(lab):
    """A namespace to be counted: what the tests before it left in theirs is removed."""
    assert cleanup(lab).returncode == 0
    return lab.namespace()


def everything(lab):
    """Names and what matters of all accounts and Secrets, without the helper's stamp of time."""
    found = {}
    for kind in ("serviceaccounts", "secrets"):
        _, answer = lab.kube.ask("GET", f"/api/v1/{kind}")
        for item in answer["items"]:
            key = kind, item["metadata"]["namespace"], item["metadata"]["name"]
            found[key] = json.dumps([item.get("imagePullSecrets"), item.get("data")])
    return found


def test_it_leaves_nothing_behind_and_touches_nothing_else(lab):
    spaces = [lab.namespace("builder") for _ in range(3)]
    link_raw(lab.kube, spaces[0], "builder", ["mine"])
    before = everything(lab)
    # The second claims the same domains: it gets a second Secret.
    lab.configure([entry(ONE), entry(TWO, domains=",".join(domains_of("one")))],
                  watch_namespace=",".join(spaces), service_account="*")
    helper = lab.helper()
    for space in spaces:
        helper.wait_served(space)
        lab.wait_linked(space)
        lab.wait_linked(space, "builder")
    assert helper.stop() == 0
    served = everything(lab)
    assert served != before

    dry = cleanup(lab, "--dry-run")
    assert dry.returncode == 0
    assert f"would delete Secret {spaces[0]}/{SECRET}" in dry.stdout
    assert f"would unlink ServiceAccount {spaces[0]}/builder: {SECRET}" in dry.stdout
    assert everything(lab) == served

    done = cleanup(lab)
    assert (done.returncode, not_admission(done)) == (0, []), done
    assert everything(lab) == before
    for again in (cleanup(lab), cleanup(lab, "--dry-run")):
        assert without_cluster(again) == "nothing to clean up\n"


def test_what_is_not_the_helpers_is_left_and_reported(lab):
    space = lab.namespace()
    lab.kube.create("secrets", space, {"metadata": {"name": SECRET}, "type": "Opaque"})
    link_raw(lab.kube, space, "default", [SECRET])
    told = cleanup(lab, "--all-references")
    assert told.returncode == cleanup(lab, "--all-references", "--dry-run").returncode == 0
    assert f"left alone: Secret {space}/{SECRET}: the helper did not write it" in told.stderr
    assert pull_secrets(lab.account(space)) == [SECRET]
    lab.kube.delete("secrets", space, SECRET)
    told = cleanup(lab)  # whose reference is it?
    assert told.returncode == 0 and f"reference to {SECRET} in ServiceAccount {space}/default" in told.stderr
    assert pull_secrets(lab.account(space)) == [SECRET]
    assert cleanup(lab, "--all-references").returncode == 0
    assert pull_secrets(lab.account(space)) == []


def test_the_lease_is_deleted_last_so_that_the_next_installation_need_not_wait(lab):
    space = without_leftovers(lab)
    lab.configure([entry(ONE)], watch_namespace=space)
    helper = lab.helper("--leader-elect")
    helper.wait_served(space)
    helper.kill()  # it cannot release it
    held = lab.kube.get("leases", "kube-system", LEASE)
    assert held["spec"]["holderIdentity"]

    dry = cleanup(lab, "--dry-run")
    assert dry.returncode == 0 and f"{held['spec']['holderIdentity']} holds the Lease, renewed " in dry.stderr
    assert dry.stdout.endswith(f"would delete Lease kube-system/{LEASE}\n"
                               "would unlink 1 ServiceAccount and delete 1 Secret and the Lease\n")
    assert lab.kube.find("leases", "kube-system", LEASE)
    done = cleanup(lab)
    assert (done.returncode, not_admission(done)) == (0, []), done
    assert done.stdout.endswith(f"delete Lease kube-system/{LEASE}\n"
                                "unlinked 1 ServiceAccount and deleted 1 Secret and the Lease\n")
    assert lab.kube.find("leases", "kube-system", LEASE) is None

    again = lab.helper("--leader-elect")
    again.wait_served(space)
    assert not again.log("standing_by")  # as it would for 15 s if there were a Lease


def test_another_lease_stays(lab):
    lab.kube.create("leases", "kube-system", {"metadata": {"name": "mine"}, "spec": {"holderIdentity": "x"}})
    assert cleanup(lab).returncode == 0
    assert lab.kube.find("leases", "kube-system", "mine")
    assert cleanup(lab, "--lease", "kube-system/mine").returncode == 0
    assert lab.kube.find("leases", "kube-system", "mine") is None


def test_lists_that_are_larger_than_an_answer_may_be_are_read_in_smaller_pages(lab):
    spaces = [lab.namespace() for _ in range(30)]
    lab.configure([entry(ONE)], watch_namespace="all")
    for space in spaces:
        lab.kube.do("PATCH", path_of("secrets", space, SECRET), {
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
            "metadata": {"name": SECRET, "annotations": {"large": "x" * 200_000}, "labels": MANAGED_BY},
            "data": {".dockerconfigjson": "e30="}}, APPLY, fieldManager="acr-credential-helper")
    told = subprocess.run([PROGRAM, "status", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig", "-o", "json"],
                          capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told
    assert json.loads(told.stdout)["namespaces"]["served"] >= len(spaces)
    done = cleanup(lab)
    assert (done.returncode, not_admission(done)) == (0, []), done
    assert all(lab.secret(space) is None for space in spaces)


def test_a_helper_that_still_runs_is_noticed(lab):
    space = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=space)
    helper = lab.helper()
    helper.wait_served(space)
    told = cleanup(lab)
    assert told.returncode == 3
    assert re.search(r"\d+ Secrets? and references in \d+ ServiceAccounts? remain: does the helper still run",
                     told.stderr), told


@contextlib.contextmanager
def server_whose_lease(folder, *answers):
    """The kubeconfig of an API server that answers reads of the Lease with these (an object, or a status), the last one
    for good, and has nothing else; and the paths that it was asked for."""
    left, asked = list(answers), []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked.append(self.path)
            answer = 404
            if "/leases/" in self.path:
                answer = left.pop(0) if len(left) > 1 else left[0]
            elif self.path.startswith(("/api/v1/secrets", "/api/v1/serviceaccounts")):
                answer = {"kind": "List", "metadata": {"resourceVersion": "1"}, "items": []}
            body = json.dumps(answer if isinstance(answer, dict) else {"kind": "Status", "code": answer}).encode()
            self.send_response(200 if isinstance(answer, dict) else answer)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    path = folder / "kubeconfig"
    path.write_text(json.dumps({
        "current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{"name": "a", "user": {}}]}))
    try:
        yield path, asked
    finally:
        server.shutdown()
        server.server_close()


def held_lease(renewed):
    """As renewed so many seconds from now: its holder's clock may be wrong."""
    at = datetime.now(timezone.utc) + timedelta(seconds=renewed)
    return {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
            "metadata": {"namespace": "kube-system", "name": LEASE, "uid": "u", "resourceVersion": "1"},
            "spec": {"holderIdentity": "helper-1", "leaseDurationSeconds": 2,
                     "renewTime": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}}


def removal(kubeconfig):
    return subprocess.run([PROGRAM, "cleanup", "--kubeconfig", kubeconfig, "--yes"], capture_output=True, text=True, timeout=60)


def test_a_failed_read_of_the_lease_does_not_mean_that_the_helper_has_stopped(tmp_path):
    with server_whose_lease(tmp_path, held_lease(0), 403, held_lease(1)) as (kubeconfig, asked):
        told = removal(kubeconfig)
        assert told.returncode == 3 and "the helper still runs" in told.stderr, told
        assert not [path for path in asked if "/secrets" in path]


@pytest.mark.parametrize("seen", [1, 0], ids=["while it waits", "at once"])
def test_without_the_lease_nothing_is_removed(tmp_path, seen):
    with server_whose_lease(tmp_path, *[held_lease(0)] * seen, 403) as (kubeconfig, asked):
        told = removal(kubeconfig)
        assert told.returncode == 1 and "Nothing was removed" in told.stderr, told
        assert f"kube-system/{LEASE}" in told.stderr
        assert not [path for path in asked if "/secrets" in path]


def test_a_cluster_that_cannot_be_asked_is_reported(lab):
    told = subprocess.run([PROGRAM, "cleanup", "--kubeconfig", "/nonexistent"], capture_output=True, text=True,
                          timeout=60)
    assert told.returncode == 1
    assert "/nonexistent" in told.stderr


def on_a_terminal(lab, answer, *arguments, **environment):
    """All that somebody sees who runs it on a terminal and answers; and the exit code."""
    master, slave = pty.openpty()
    with subprocess.Popen([PROGRAM, "cleanup", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig", *arguments],
                          stdin=slave, stdout=slave, stderr=slave, env={**os.environ, **environment}) as program:
        os.close(slave)
        limit = threading.Timer(60, program.kill)  # should it wait for an answer that it does not get
        limit.start()
        seen, answered = b"", False
        try:
            while part := os.read(master, 4096):
                seen += part
                if b"[y/N]" in seen and not answered:
                    os.write(master, answer)
                    answered = True
        except OSError:  # the other end is closed
            pass
        program.wait(60)
        limit.cancel()
    os.close(master)
    return seen.decode(), program.returncode


def test_on_a_terminal_it_asks_and_says_what_for(lab):
    space = without_leftovers(lab)
    lab.configure([entry(ONE)], watch_namespace=space)
    helper = lab.helper()
    helper.wait_served(space)
    lab.wait_linked(space)
    assert helper.stop() == 0
    question = (f"This deletes 1 Secret and takes references out of 1 ServiceAccount in the cluster {lab.cluster.server}")
    seen, code = on_a_terminal(lab, b"n\n")
    assert question in seen and "nothing was removed" in seen and code == 3
    assert lab.secret(space)
    seen, code = on_a_terminal(lab, b"", "--dry-run")
    assert "[y/N]" not in seen and code == 0 and lab.secret(space)
    seen, code = on_a_terminal(lab, b"y\n")
    assert question in seen and "unlinked 1 ServiceAccount and deleted 1 Secret" in seen and code == 0
    assert lab.secret(space) is None
    seen, code = on_a_terminal(lab, b"", "--yes")
    assert "[y/N]" not in seen and code == 0


def test_policies_that_were_installed_with_the_helper_are_named(lab):
    lab.kube.create("mutatingwebhookconfigurations", None, {"metadata": {"name": "acr-credential-helper"}})
    binding = "validatingadmissionpolicybindings", None, "acr-credential-helper-webhook"
    lab.kube.create(*binding[:2], {"metadata": {"name": binding[2]},
                                   "spec": {"policyName": binding[2], "validationActions": ["Deny"]}})
    try:
        for more in ((), ("--dry-run",)):
            told = cleanup(lab, *more)
            assert told.returncode == 0
            assert ("mutatingwebhookconfigurations acr-credential-helper: it was installed with the helper (the API "
                    "server asks a helper that is gone): kubectl delete mutatingwebhookconfigurations "
                    "acr-credential-helper") in told.stderr
            assert f"kubectl delete {binding[0]} {binding[2]}" in told.stderr
    finally:
        lab.kube.delete(*binding)
        lab.kube.delete("mutatingwebhookconfigurations", None, "acr-credential-helper")


@pytest.mark.mutating_policies
def test_the_policy_that_links_accounts_is_named_in_whichever_api_it_is(lab, tmp_path):
    config = tmp_path / "acr.yaml"
    config.write_text("watch-namespace: nowhere\n")
    text = subprocess.run([PROGRAM, "policy", *version.POLICY_ARGUMENTS, "--config", config], check=True, capture_output=True,
                          text=True).stdout
    made = [item for item in yaml.safe_load_all(text) if item["kind"].startswith("Mutating")]
    try:
        for item in made:
            lab.kube.create(plural_of(item["kind"]), None, item)
        told = cleanup(lab).stderr
        for item in made:
            assert f"kubectl delete {plural_of(item['kind'])} acr-credential-helper" in told
    finally:
        for item in made:
            lab.kube.delete(plural_of(item["kind"]), None, item["metadata"]["name"])



def test_programs_read_what_was_done(lab):
    space = without_leftovers(lab)
    lab.configure([entry(ONE)], watch_namespace=space)
    helper = lab.helper()
    helper.wait_served(space)
    lab.wait_linked(space)
    assert helper.stop() == 0
    dry, done = (json.loads(cleanup(lab, "-o", "json", *more).stdout) for more in (["--dry-run"], []))
    assert dry | {"dryRun": False} == done
    assert done["schemaVersion"] == 1 and done["clean"] is True and done["cluster"] == lab.cluster.server
    assert (done["serviceAccountsUnlinked"], done["secretsDeleted"], done["leaseDeleted"]) == (1, 1, False)


def test_a_helper_that_keeps_its_lease_is_not_fought_with(lab):
    space = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=space)
    helper = lab.helper("--leader-elect")
    helper.wait_served(space)
    lab.wait_linked(space)
    before = everything(lab)
    told = cleanup(lab, "--yes")
    assert told.returncode == 3 and "the helper still runs" in told.stderr and "Nothing was removed" in told.stderr
    assert without_cluster(told) == "" and everything(lab) == before
    assert helper.stop() == 0  # releases the Lease
    assert cleanup(lab).returncode == 0
