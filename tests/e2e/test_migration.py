"""docs/migration.md is followed to the letter, with the real kubectl, from a cluster as the original leaves it."""

import os
import shlex
import subprocess

import pytest

from lab import ROOT
from lab.document import Document
from lab.helper import PROGRAM
from lab.objects import MANAGED_BY, SECRET, auths, docker_secret, has_passwords, link_raw, pull_secrets
from lab.world import ONE, TWO, domains_of, entry

DOCUMENT = Document("migration.md")
DOMAINS = domains_of("one")
KUBECTL = ROOT / "build/tools/kubectl"


def commands(heading):
    """Each example of a section, as words."""
    text = DOCUMENT.section(heading).replace("   ```sh", "```sh").replace("   ```", "```")
    return [shlex.split(block.split("```")[0]) for block in text.split("```sh\n")[1:]]


@pytest.fixture
def run(lab):
    """Runs a command of the document as the operator does: with the administrator's kubeconfig."""
    def ask(words):
        program, *rest = words
        path = {"kubectl": KUBECTL, "acr-credential-helper": PROGRAM}[program]
        done = subprocess.run([path, *rest], check=False, capture_output=True, text=True, timeout=60, env={
            "PATH": os.environ["PATH"], "HOME": str(lab.folder),
            "KUBECONFIG": str(lab.cluster.folder / "admin.kubeconfig")})
        assert done.returncode == 0, done
        return done.stdout
    return ask


def as_the_original_leaves_it(lab):
    """A namespace with a Secret of nobody's label, and a list of which it is the only entry."""
    namespace = lab.namespace()
    lab.kube.create("secrets", namespace, docker_secret(SECRET))
    link_raw(lab.kube, namespace, "default", [SECRET])
    return namespace


def test_the_document_leads_from_the_original_to_this_helper(lab, run):
    spaces = [as_the_original_leaves_it(lab) for _ in range(2)]
    lab.configure([entry(ONE)], watch_namespace=",".join(spaces), acr_api_version="2018-12-01")
    check, served, lists = commands("Before")
    assert "cri-" in run(check)
    assert all(space in run(served) and space in run(lists) for space in spaces)

    stop, label, why = commands("The change")
    run(["kubectl", "--namespace", "kube-system", "create", "deployment", stop[5], "--image=original"])
    assert "scaled" in run(stop)
    helper = lab.helper()
    for space in spaces:  # not handed over: left alone
        helper.wait_log("secret_foreign", namespace=space)
        assert not MANAGED_BY.items() <= lab.secret(space)["metadata"].get("labels", {}).items()
    before = [auths(lab.secret(space)) for space in spaces]
    assert run(label).count("labeled") >= len(spaces)
    for space, old in zip(spaces, before):
        helper.wait_served(space)
        lab.wait_secret(space, DOMAINS)
        now = lab.secret(space)
        assert has_passwords(now, DOMAINS) and auths(now) != old
        assert pull_secrets(lab.account(space)) == [SECRET]
    why[-1] = spaces[0]
    assert "FAULT" not in run(why)


def test_secrets_handed_over_before_the_start_are_taken_over(lab, run):
    space = as_the_original_leaves_it(lab)
    lab.configure([entry(ONE)], watch_namespace=space)
    run(commands("The change")[1])
    helper = lab.helper()
    lab.wait_secret(space, DOMAINS)
    assert not helper.log("secret_foreign")


def test_what_the_original_had_for_an_instance_out_of_reach_goes(lab, run):
    """As the document says; the namespace that is not handed over keeps it."""
    kept, tried = as_the_original_leaves_it(lab), as_the_original_leaves_it(lab)
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="NoPermission", status=403)
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=f"{kept},{tried}")
    before = auths(lab.secret(kept))
    assert before
    run(["kubectl", "label", "secrets", "--namespace", tried, SECRET, "app.kubernetes.io/managed-by=acr-credential-helper"])
    lab.helper()
    lab.wait_secret(tried, DOMAINS)
    assert not before.keys() & auths(lab.secret(tried)).keys()
    assert auths(lab.secret(kept)) == before
