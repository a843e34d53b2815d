"""SIGTERM and SIGINT end it within 5 s, whatever hangs, and leave what was written."""

import json
import os
import signal
import subprocess

import pytest

from lab.helper import PROGRAM
from lab.objects import SECRET, has_passwords, pull_secrets
from lab.waiting import until
from lab.world import ONE, domains_of, entry

DOMAINS = domains_of("one")
LIMIT = 5.0
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def end(helper, number):
    helper.program.send(number)
    try:
        return helper.program.wait(LIMIT)
    except subprocess.TimeoutExpired:
        pytest.fail(f"it still runs {LIMIT:g} s after {number.name}")


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_ends_it_and_the_secrets_stay(lab, number):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, DOMAINS)
    lab.wait_linked(namespace)  # which may come after the Secret: that is written when the namespace is seen
    assert end(helper, number) == 0
    assert has_passwords(lab.secret(namespace), DOMAINS)
    assert SECRET in pull_secrets(lab.account(namespace))


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_silent_cloud_does_not_hold_it(lab, number):
    lab.configure([entry(ONE)], watch_namespace="all")
    lab.cloud.fault("silence")
    mark = lab.cloud.mark()
    helper = lab.helper()
    until("the cloud is asked", lambda: lab.cloud.calls(since=mark))
    assert end(helper, number) == 0


def test_a_frozen_api_server_does_not_hold_it(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, DOMAINS)
    lab.cluster.program.send(signal.SIGSTOP)
    try:
        assert end(helper, signal.SIGTERM) == 0
    finally:
        lab.cluster.program.send(signal.SIGCONT)


def test_a_signal_right_after_the_start_is_obeyed(lab):
    lab.configure([entry(ONE)])
    helper = lab.helper()
    # Before its first line it may die of the signal; then it must be of that one.
    assert end(helper, signal.SIGTERM) in (0, -signal.SIGTERM)


def test_an_unreachable_api_server_does_not_hold_it(lab):
    lab.cluster.stop()
    try:
        helper = lab.helper()
        until("it has noticed", lambda: helper.log())
        assert end(helper, signal.SIGTERM) == 0
    finally:
        lab.cluster.start()


def test_a_part_that_dies_again_and_again_ends_it_with_a_code_of_its_own(lab, tmp_path):
    """Without random numbers nothing can be signed, as often as it is tried. That is the machine's
    fault: another one may do better, so the process ends, and Kubernetes starts it again."""
    broken = tmp_path / "openssl.cnf"
    broken.write_text("openssl_conf = all\n[all]\nrandom = none\n[none]\nrandom = NO-SUCH\n")
    configuration = tmp_path / "acr.json"
    configuration.write_text(json.dumps({"AcrInstanceInfo": [{"instanceId": ONE}]}))
    helper = lab.helper("--config", configuration, env={"OPENSSL_CONF": str(broken)})
    told = helper.wait_log("giving_up", 60.0)
    assert told["part"] == "core"
    assert helper.program.wait(LIMIT) == 3
    deaths = helper.log("actor_died", part="core")
    assert [death["deaths_in_a_row"] for death in deaths] == [1, 2, 4, 8]
    assert all("random generator" in death["reason"] for death in deaths)


@pytest.fixture(name="stuck_reader")
def fixture_stuck_reader():
    """A full pipe that nobody reads, for standard error."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(writer, bytes(size))
        except BlockingIOError:
            pass
    os.set_blocking(writer, True)
    yield writer
    os.close(writer)
    os.close(reader)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_log_that_is_not_read_does_not_hold_it_up(lab, number, stuck_reader):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper(log_level="debug", stderr=stuck_reader)
    lab.wait_secret(namespace, DOMAINS)
    assert end(helper, number) == 0


@pytest.mark.parametrize("arguments", [["--kubeconfig", "missing"], ["--health-address", "192.0.2.1:1"]],
                         ids=lambda arguments: arguments[0])
def test_it_ends_when_it_cannot_start_though_its_log_is_not_read(lab, arguments, stuck_reader):
    if "--kubeconfig" not in arguments:
        arguments = [*arguments, "--kubeconfig", lab.cluster.helper_kubeconfig]
    with subprocess.Popen([PROGRAM, "run", *arguments], stderr=stuck_reader) as helper:
        try:
            assert helper.wait(LIMIT) == 1
        finally:
            helper.kill()


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=False, capture_output=True, text=True, timeout=20)


def test_wrong_usage_is_reported_and_has_an_exit_code_of_its_own(tmp_path):
    for arguments in (["run", "--no-such-option"], ["no-such-command"], ["run", "--log-level", "loud"]):
        done = run(*arguments)
        assert done.returncode == 2, arguments
        assert done.stderr and not done.stdout
    done = run("run", "--kubeconfig", str(tmp_path / "missing"))
    assert done.returncode not in (0, -signal.SIGABRT)
    assert "missing" in done.stderr


def test_help_and_version_go_to_standard_output():
    for arguments, word in ((["--help"], "run"), (["run", "--help"], "--kubeconfig"), (["--version"], ".")):
        done = run(*arguments)
        assert done.returncode == 0
        assert word in done.stdout and not done.stderr
