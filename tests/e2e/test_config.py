"""The configuration applies live; a bad one is reported where it is wrong, and replaces nothing."""

import pytest
import yaml

from lab.objects import CONFIG, SECRET, auths, configuration, has_passwords, pull_secrets
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry, personal_domains

ONE_DOMAINS, TWO_DOMAINS = domains_of("one"), domains_of("two")


def test_instances_are_added_changed_and_removed_while_it_runs(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    first = auths(lab.wait_secret(namespace, ONE_DOMAINS))
    lab.configure([entry(ONE), entry(TWO), entry()], watch_namespace=namespace)
    more = auths(lab.wait_secret(namespace, ONE_DOMAINS + TWO_DOMAINS + personal_domains()))
    # What did not change was not asked for again.
    assert {domain: more[domain] for domain in ONE_DOMAINS} == first
    lab.configure([entry(TWO)], watch_namespace=namespace)
    lab.kube.wait("the others are gone", lambda found: set(auths(found)) == set(TWO_DOMAINS),
                  "secrets", namespace, SECRET)
    assert helper.program.running


BAD = {
    # text of acr-registry-info, line and column where it is wrong
    "not YAML": ('- instanceId: "cri-x\n  regionId: a\n', None),
    "a tab": ("- instanceId: a\n\tregionId: b\n", 2),
}


@pytest.mark.parametrize("what", BAD)
def test_a_broken_document_replaces_nothing_and_is_reported_with_its_line(lab, what):
    text, line = BAD[what]
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    before = lab.wait_secret(namespace, ONE_DOMAINS)
    lab.configure(text, watch_namespace="default")
    report = config_problem(helper)
    assert report["line"] > 0 and report["column"] > 0
    if line is not None:
        assert report["line"] == line
    later = lab.namespace()
    lab.quiet(later)
    assert pull_secrets(lab.account(namespace)) == [SECRET]
    assert auths(lab.secret(namespace)) == auths(before)
    # And a good one works again.
    lab.configure([entry(TWO)], watch_namespace=namespace)
    lab.wait_secret(namespace, TWO_DOMAINS)


def config_problem(helper):
    """The log line that tells what is wrong with the configuration."""
    return until("the problem is logged", lambda: [
        line for line in helper.log() if "line" in line and line["level"] in ("warning", "error")])[0]


@pytest.mark.parametrize("keys", [
    {"expiring_threshold": "soon"}, {"expiring_threshold": "-5m"}, {"watch_namespace": "Not_A_Name!"}])
def test_a_bad_value_is_named(lab, keys):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS)
    lab.configure([entry(TWO)], **{"watch_namespace": namespace, **keys})
    key, value = next(iter(keys.items()))
    line = until("the problem is logged", lambda: [
        line for line in helper.log() if line["level"] in ("warning", "error") and value in str(line)])[0]
    assert key.replace("_", "-") in str(line)
    assert has_passwords(lab.secret(namespace), ONE_DOMAINS)


def test_one_bad_entry_does_not_take_the_others_down(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE), {"instanceId": "not an instance", "regionId": "cn-hangzhou"}],
                  watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS)
    until("the entry is named", lambda: [line for line in helper.log() if "not an instance" in str(line)])


def test_an_unknown_key_is_only_warned_about(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace, watch_namespaces="all")
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS)
    line = until("the key is named", lambda: [
        line for line in helper.log() if "watch-namespaces" in str(line)])[0]
    assert line["level"] == "warning" and "watch-namespace" in str(line)


def test_it_waits_for_a_configuration_that_does_not_exist_yet(lab):
    lab.kube.delete("configmaps", "kube-system", CONFIG)
    helper = lab.helper()
    until("it says so", lambda: [line for line in helper.log() if CONFIG in str(line)])
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.wait_secret(namespace, ONE_DOMAINS)


def emptied(lab):
    lab.kube.replace("configmaps", "kube-system", {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": CONFIG, "namespace": "kube-system"}, "data": {}})


def deleted(lab):
    lab.kube.delete("configmaps", "kube-system", CONFIG)


@pytest.mark.parametrize("gone", [deleted, emptied])
def test_a_configuration_that_is_gone_changes_nothing_and_is_reported(lab, gone):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    helper = lab.helper()
    lab.wait_secret(namespace, ONE_DOMAINS)
    gone(lab)
    line = helper.wait_log("config_missing")
    assert "the last good one stays" in line["message"] and line["source"] == f"kube-system/{CONFIG}"
    lab.quiet(namespace)
    assert has_passwords(lab.secret(namespace), ONE_DOMAINS)
    assert pull_secrets(lab.account(namespace)) == [SECRET]
    later = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=f"{namespace},{later}")
    lab.wait_secret(later, ONE_DOMAINS)


def test_a_file_is_a_configuration_too_and_is_followed_however_it_is_replaced(lab, tmp_path):
    served = [lab.namespace()]
    path = tmp_path / "volume/acr.yaml"

    def text():
        return yaml.safe_dump(configuration([entry(ONE)], watch_namespace=",".join(served)))

    def volume(version):
        """As the kubelet fills a volume: each version in a folder, a link to it, and links to what is in there."""
        folder = path.parent / f"..{version}"
        folder.mkdir(parents=True)
        (folder / path.name).write_text(text())
        draft = path.parent / "..draft"
        draft.symlink_to(folder.name)
        draft.replace(path.parent / "..data")

    def kubelet():
        volume("second")

    def renamed():
        draft = path.parent / "draft"
        draft.write_text(text())
        draft.replace(path)

    def editor():
        """The old one is kept under another name, the new one is a file of its own."""
        path.replace(path.parent / "acr.yaml~")
        path.write_text(text())

    def in_place():
        path.write_text(text())

    volume("first")
    path.symlink_to("..data/acr.yaml")
    helper = lab.helper("--config", path)
    lab.wait_secret(served[0], ONE_DOMAINS)
    for replace in (kubelet, renamed, editor, in_place):
        served.append(lab.namespace())
        replace()
        lab.wait_secret(served[-1], ONE_DOMAINS)
    path.write_text("watch-namespace: [\n")
    assert config_problem(helper)["line"] > 0
    path.unlink()
    assert "the last good one stays" in helper.wait_log("config_missing")["message"]
    assert has_passwords(lab.secret(served[-1]), ONE_DOMAINS)
