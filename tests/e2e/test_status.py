"""The state of a running helper: a page for people, JSON for programs, a table on a terminal."""

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import threading

import pytest
import yaml

from lab.command import complaints
from lab.helper import PROGRAM
from lab.objects import CONFIG
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry
from test_metrics import ask, port_of

STATUS = ("--status-address", "127.0.0.1:0")


def status(port, *more):
    return subprocess.run([PROGRAM, "status", "--address", f"127.0.0.1:{port}", *more], check=False,
                          capture_output=True, text=True, timeout=20)


def test_page_json_and_command_tell_the_same(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="NoPermission", status=403)
    helper = lab.helper(*STATUS)
    lab.wait_secret(namespace, domains_of("one"))
    port = port_of(helper, "status")
    until("it is served", lambda: json.loads(ask(port, "/status")[1])["namespaces"]["served"] == 1)
    helper.wait_log("token_failed")

    told = json.loads(ask(port, "/status")[1])
    assert told["ready"] and told["configuration"]["source"] == f"kube-system/{CONFIG}"
    good, bad = sorted(told["instances"], key=lambda one: one["failuresInARow"])
    assert good["state"] == "valid" and set(good["domains"]) == set(domains_of("one"))
    assert bad["state"] == "failing" and bad["lastFailure"]["serviceCode"] == "NoPermission"

    answer, page = ask(port, "/")
    assert answer == 200 and page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    for part in (good["name"], bad["name"], "NoPermission", "expires in 59 min", *domains_of("one")):
        assert part in page
    assert not re.search("<script|https?:", page)

    printed = status(port)
    assert printed.returncode == 0 and not printed.stderr
    assert re.search(rf"^{re.escape(good['name'])} +valid +in 59 min ", printed.stdout, re.M)
    assert "NoPermission" in printed.stdout and "1 of 1 served" in printed.stdout
    assert json.loads(status(port, "-o", "json").stdout)["instances"]


def test_an_instance_that_is_limited_to_namespaces_is_shown(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE, namespaces="ns-*,!ns-x"), entry(TWO)], watch_namespace=namespace)
    helper = lab.helper(*STATUS)
    port = port_of(helper, "status")
    until("it is served", lambda: json.loads(ask(port, "/status")[1])["namespaces"]["served"] == 1)
    told = {item["name"].split("@")[0]: item["limitedTo"] for item in json.loads(ask(port, "/status")[1])["instances"]}
    assert told == {ONE: "ns-*,!ns-x", TWO: None}
    assert "Limited to namespaces: ns-*,!ns-x" in ask(port, "/")[1]
    line = f"  {ONE}@cn-hangzhou is limited to ns-*,!ns-x\n"
    read = subprocess.run([PROGRAM, "status", "--kubeconfig", lab.cluster.helper_kubeconfig], check=False, capture_output=True,
                          text=True, timeout=30)
    assert line in status(port).stdout and line in read.stdout


def test_without_the_helper_the_cluster_tells_what_it_holds(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="NoPermission", status=403)
    helper = lab.helper()
    lab.wait_secret(namespace, domains_of("one"))
    lab.wait_linked(namespace)
    assert helper.stop() == 0
    kubeconfig = lab.cluster.folder / "admin.kubeconfig"
    told = subprocess.run([PROGRAM, "status", "--kubeconfig", kubeconfig], capture_output=True, text=True, timeout=30)
    assert (told.returncode, complaints(told)) == (0, [])
    assert "namespaces: 1 of 1 served" in told.stdout and "service accounts: 1 of 1 linked" in told.stdout
    assert re.search(rf"^{ONE}@cn-hangzhou +valid +in 59 min +1 ", told.stdout, re.M), told.stdout
    assert re.search(rf"^{TWO}@cn-hangzhou +missing +- +0 ", told.stdout, re.M)
    found = yaml.safe_load(subprocess.run([PROGRAM, "status", "--kubeconfig", kubeconfig, "-o", "yaml"],
                                          capture_output=True, text=True, timeout=30).stdout)
    assert found["source"] == "cluster" and found["namespaces"]["unserved"] == []


def test_where_no_helper_answers_the_command_says_so(lab):
    lab.configure([entry(ONE)], watch_namespace="default")
    helper = lab.helper(*STATUS)
    port = port_of(helper, "status")
    helper.stop()
    refused = status(port)
    assert refused.returncode == 1 and "--status-address" in refused.stderr and not refused.stdout


def test_a_browser_that_was_led_here_by_another_name_reads_nothing(lab):
    """DNS rebinding: the name of somebody's page resolves to 127.0.0.1 a moment later."""
    lab.configure([entry(ONE)], watch_namespace="default")
    port = port_of(lab.helper(*STATUS), "status")

    def answer(path, host):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    for path in ("/", "/status", "/?namespace=x"):
        assert answer(path, f"evil.example:{port}") == 421
        assert answer(path, f"localhost:{port}") == answer(path, "127.0.0.1") == 200


def test_a_replica_that_stands_by_names_the_leader_and_shows_what_the_cluster_holds(lab):
    namespace = lab.namespace()
    lab.kube.delete("leases", "kube-system", "acr-credential-helper")
    lab.configure([entry(ONE)], watch_namespace=namespace)
    leader = lab.helper("--leader-elect")
    leader.wait_served(namespace)
    lab.wait_secret(namespace, domains_of("one"))
    lab.wait_linked(namespace)
    other = lab.helper("--leader-elect", *STATUS)
    other.wait_log("standing_by")
    port = port_of(other, "status")
    holder = lab.kube.get("leases", "kube-system", "acr-credential-helper")["spec"]["holderIdentity"]
    # The account of the helper may read all of this, and that is the one in its Pod.
    environment = {**os.environ, "KUBECONFIG": str(lab.cluster.helper_kubeconfig)}

    def asked(*more):
        return subprocess.run([PROGRAM, "status", "--address", f"127.0.0.1:{port}", *more], capture_output=True,
                              text=True, timeout=30, env=environment)
    told = asked()
    assert told.returncode == 0, told
    assert f"this replica stands by, and serves nobody; the leader is {holder}. Ask it: kubectl exec -n" in told.stdout
    assert "namespaces: 1 of 1 served" in told.stdout and re.search(rf"^{ONE}@cn-hangzhou +valid ", told.stdout, re.M)
    document = json.loads(asked("-o", "json").stdout)
    assert (document["schemaVersion"], document["source"], document["leads"]) == (1, "helper", False)
    assert document["leader"] == holder and document["cluster"]["namespaces"]["served"] == 1


def test_a_cluster_without_a_configuration_says_so(lab):
    lab.kube.delete("configmaps", "kube-system", CONFIG)
    told = subprocess.run([PROGRAM, "status", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig"],
                          capture_output=True, text=True, timeout=30)
    assert told.returncode == 0
    assert f"NOTE: there is no configuration: the ConfigMap kube-system/{CONFIG} does not exist" in told.stdout


def test_watching_shows_what_changes_and_outlives_the_helper(lab):
    one, two = lab.namespace(), lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=one)
    helper = lab.helper(*STATUS)
    lab.wait_secret(one, domains_of("one"))
    port = port_of(helper, "status")
    with subprocess.Popen([PROGRAM, "status", "--watch", "--address", f"127.0.0.1:{port}"], text=True, bufsize=1,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as watching:
        lines = iter(watching.stdout.readline, "")
        limit = threading.Timer(100, watching.kill)  # ends the lines, should those not come
        limit.start()
        try:
            assert any("1 of 1 served" in line for line in lines)
            lab.configure([entry(ONE)], watch_namespace=f"{one},{two}")
            assert any("2 of 2 served" in line for line in lines)
            assert helper.stop() == 0
            assert any("Does it run with --status-address?" in line for line in lines)
            assert watching.poll() is None
        finally:
            limit.cancel()
            watching.terminate()
    assert watching.returncode == -15


def beside(process_one, script, folder):
    """Runs a script in a container, so to speak, whose first process has that command line."""
    enter = ["unshare", "-rpf", "--mount-proc"]
    if subprocess.run([*enter, "true"], check=False, capture_output=True).returncode:
        pytest.skip("takes unshare, and the right to a process namespace of one's own")
    (folder / process_one[1]).write_text(script)  # bash takes its first argument for a script
    return subprocess.run([*enter, "bash", "-c", 'exec -a "$0" bash "$@"', *process_one], capture_output=True, text=True,
                          timeout=60, cwd=folder, check=False)


def test_in_its_container_the_helper_is_asked_where_it_listens(lab, tmp_path):
    lab.configure([entry(ONE)], watch_namespace="all")
    where = f"127.0.0.1:{port_of(lab.helper(*STATUS), 'status')}"
    ask_it = f"{shlex.quote(str(PROGRAM))} status; echo code $?"
    told = beside(["/usr/bin/acr-credential-helper", "run", "--status-address", where], ask_it, tmp_path)
    assert ", version " in told.stdout and "code 0" in told.stdout, told
    nobody = beside(["/usr/bin/acr-credential-helper", "run", "--status-address", where],
                    ask_it.replace("status;", "status --address 127.0.0.1:1;"), tmp_path)
    assert "code 1" in nobody.stdout, nobody


def without_ipv4(script, folder):
    """Runs a script on a network that knows ::1 and nothing else."""
    if not shutil.which("ip") or subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode:
        pytest.skip("takes unshare and ip, and the right to a network of one's own")
    network = "ip link set lo up; ip addr del 127.0.0.1/8 dev lo 2>/dev/null; "
    return subprocess.run(["unshare", "-rn", "bash", "-c", network + script], capture_output=True, text=True, timeout=60,
                          cwd=folder, check=False)


def test_probes_and_status_are_answered_where_there_is_no_ipv4(tmp_path):
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump({
        "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://[::1]:1"}}], "users": [{"name": "u", "user": {}}]}))
    program = shlex.quote(str(PROGRAM))
    done = without_ipv4(
        f"{program} run --kubeconfig kubeconfig --health-address :8081 --status-address 127.0.0.1:8082 2>log & "
        "for at in 8081/livez 8082/status; do"
        " curl -sgo /dev/null --retry 30 --retry-connrefused --retry-delay 1 http://[::1]:$at; done; "
        f"{program} status; echo code $?; kill $!; wait $!; cat log", tmp_path)
    assert "code 0" in done.stdout and "started" in done.stdout.split("code")[0], done
    assert '"address":"[::1]:8082"' in done.stdout, done
