"""The certificates of a cluster rotate while the helper runs, and nobody restarts it."""

import os
import subprocess

import pytest
import yaml
from lab.helper import PROGRAM
from lab.relay import Authority, Relay
from lab.world import ONE, domains_of, entry

DOMAINS = domains_of("one")


class Volume:
    """A file as the kubelet mounts it: behind a link to a folder that is replaced as a whole."""

    def __init__(self, folder, name, content):
        self.folder, self.name, self.number = folder, name, 0
        folder.mkdir()
        self.write(content)
        (folder / name).symlink_to(f"..data/{name}")

    def write(self, content):
        self.number += 1
        fresh = self.folder / f"..{self.number}"
        fresh.mkdir()
        (fresh / self.name).write_bytes(content)
        link = self.folder / "..data_tmp"
        link.symlink_to(fresh.name)
        os.replace(link, self.folder / "..data")


@pytest.fixture
def old(tmp_path):
    return Authority(tmp_path / "pki", "old")


@pytest.fixture
def relay(lab, old):
    made = Relay(lab.cluster.helper_kubeconfig, old)
    yield made
    made.close()


def test_a_rotated_cluster_ca_is_followed(lab, relay, old, tmp_path):
    new = Authority(tmp_path / "pki", "new")
    mounted = Volume(tmp_path / "mounted", "ca.crt", old.certificate.read_bytes())
    kubeconfig = relay.kubeconfig(tmp_path / "kubeconfig", tmp_path / "mounted/ca.crt")
    lab.configure([entry(ONE)], watch_namespace="all")
    before = lab.namespace()
    helper = lab.helper(kubeconfig=kubeconfig)
    lab.wait_secret(before, DOMAINS)
    # Both are trusted for a while, as a rotation is done; then only the new one is left.
    mounted.write(old.certificate.read_bytes() + new.certificate.read_bytes())
    relay.present(new)
    during = lab.namespace()
    lab.wait_secret(during, DOMAINS, 60.0)
    mounted.write(new.certificate.read_bytes())
    relay.present(new)
    after = lab.namespace()
    lab.wait_secret(after, DOMAINS, 60.0)
    lab.wait_linked(after)
    assert helper.program.running


def test_a_stranger_in_the_place_of_the_server_is_refused_and_the_server_taken_up_again(lab, relay, tmp_path, old):
    stranger = Authority(tmp_path / "pki", "stranger")
    kubeconfig = relay.kubeconfig(tmp_path / "kubeconfig", old.certificate)
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper(kubeconfig=kubeconfig)
    lab.wait_secret(lab.namespace(), DOMAINS)
    relay.present(stranger)
    failed = helper.wait_log("watch_failed", 60.0)
    assert failed["reason"] == "tls_failed" and "issuer certificate" in failed["detail"], failed
    relay.present(old)
    helper.wait_log("watch_recovered", 60.0)
    lab.wait_secret(lab.namespace(), DOMAINS, 60.0)


def test_a_server_that_is_not_verified_is_logged(lab, tmp_path):
    config = yaml.safe_load(lab.cluster.helper_kubeconfig.read_text())
    cluster = config["clusters"][0]["cluster"]
    del cluster["certificate-authority-data"]
    cluster["insecure-skip-tls-verify"] = True
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper(kubeconfig=tmp_path / "kubeconfig")
    lab.wait_secret(lab.namespace(), DOMAINS)
    assert len(helper.log("tls_not_verified")) == 1


@pytest.mark.parametrize("command", ["run", "doctor"])
@pytest.mark.parametrize("content", ["", "root:x:0:0:root:/root:/bin/bash\n", "-----BEGIN CERTIFICATE-----\nMIIB\n"])
def test_further_roots_that_are_none_are_refused_at_the_start(tmp_path, command, content):
    (tmp_path / "roots.pem").write_text(content)
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump({
        "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}], "users": [{"name": "u", "user": {}}]}))
    done = subprocess.run([PROGRAM, command, "--kubeconfig", tmp_path / "kubeconfig", "--ca-file", tmp_path / "roots.pem"],
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "holds no certificate in PEM form" in done.stderr, done
