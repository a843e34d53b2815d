"""`acr-credential-helper renew` lets the running helper obtain new passwords, by Kubernetes' permissions alone."""

import subprocess

from lab.command import complaints
from lab.helper import PROGRAM
from lab.objects import auths
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry


def renew(lab, *arguments, kubeconfig="admin"):
    return subprocess.run([PROGRAM, "renew", "--kubeconfig", lab.cluster.folder / f"{kubeconfig}.kubeconfig", *arguments],
                          capture_output=True, text=True, timeout=100)


def password(lab, namespace, name):
    return auths(lab.secret(namespace))[domains_of(name)[0]][1]


def serve(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, domains_of("one") + domains_of("two"))
    return namespace, helper


def test_one_instance_or_all_are_renewed_and_reported(lab):
    namespace, helper = serve(lab)
    one, two = password(lab, namespace, "one"), password(lab, namespace, "two")
    done = renew(lab, ONE)
    assert (done.returncode, complaints(done)) == (0, []), done
    assert done.stdout.startswith(f"Renewed: {ONE}@cn-hangzhou until ")
    until("the new password is written", lambda: password(lab, namespace, "one") != one)
    assert password(lab, namespace, "two") == two
    done = renew(lab)
    assert done.returncode == 0
    assert ONE in done.stdout and TWO in done.stdout
    until("the other one is written, too", lambda: password(lab, namespace, "two") != two)
    assert [line["instance"] for line in helper.log("renewal_wanted")] == [ONE, "all"]


def test_requests_at_the_same_time_are_all_answered(lab):
    serve(lab)
    asked = [subprocess.Popen([PROGRAM, "renew", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig", name],
                              stdout=subprocess.PIPE, text=True) for name in (ONE, TWO, ONE, TWO)]
    said = [one.communicate(timeout=200)[0] for one in asked]
    assert [one.returncode for one in asked] == [0] * 4, said
    assert [name in text for name, text in zip((ONE, TWO, ONE, TWO), said)] == [True] * 4


def test_what_fails_is_explained_and_the_last_password_stays(lab):
    namespace, _ = serve(lab)
    before = password(lab, namespace, "one")
    lab.cloud.fault("error_code", "GetAuthorizationToken", code="NoPermission", status=403)
    failed = renew(lab, ONE)
    assert failed.returncode == 3
    assert "NoPermission" in failed.stdout and "Remedy: attach a policy" in failed.stdout
    assert password(lab, namespace, "one") == before
    nobody = renew(lab, "cri-none")
    assert nobody.returncode == 3
    assert f"there is no such instance; there are {ONE}@cn-hangzhou, {TWO}@cn-hangzhou" in nobody.stdout


def test_it_takes_the_permission_to_patch_the_config_map_and_a_helper_that_runs(lab):
    _, helper = serve(lab)
    refused = renew(lab, kubeconfig="helper")  # its own account may only read it
    assert refused.returncode == 1 and "Forbidden (403)" in refused.stderr, refused
    assert 'cannot patch resource "configmaps"' in refused.stderr, refused
    assert helper.log("renewal_wanted") == []
    assert helper.stop() == 0
    silent = renew(lab, "--timeout", "1")
    assert silent.returncode == 3 and "does the helper run" in silent.stderr
    assert renew(lab, "no name").returncode == 2
