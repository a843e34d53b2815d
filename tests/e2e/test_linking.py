"""imagePullSecrets belongs to many: nobody's entry is lost, ours is there exactly once."""

import random
import subprocess
import threading

from lab.helper import PROGRAM
from lab.kube import JSON_PATCH, path_of
from lab.objects import SECRET, auths, link_raw, pull_secrets, retrying, version_of
from lab.world import ONE, domains_of, entry

DOMAINS = domains_of("one")


def append(kube, namespace, account, name):
    """As a careful user does: guarded by what was read."""
    def attempt():
        found = kube.get("serviceaccounts", namespace, account)
        items = found.get("imagePullSecrets")
        operations = [{"op": "test", "path": "/imagePullSecrets", "value": items}]
        if items is None:
            operations.append({"op": "add", "path": "/imagePullSecrets", "value": [{"name": name}]})
        else:
            operations.append({"op": "add", "path": "/imagePullSecrets/-", "value": {"name": name}})
        kube.do("PATCH", path_of("serviceaccounts", namespace, account), operations, JSON_PATCH)
    retrying(attempt)


def update(kube, namespace, account, name):
    """As a controller does: read, change, replace, with the version that was read."""
    def attempt():
        found = kube.get("serviceaccounts", namespace, account)
        found.setdefault("imagePullSecrets", []).append({"name": name})
        kube.replace("serviceaccounts", namespace, found)
    retrying(attempt)


def drop_ours(kube, namespace, account):
    """Takes our entry away, so that the helper has to come back."""
    def attempt():
        found = kube.get("serviceaccounts", namespace, account)
        names = pull_secrets(found)
        if SECRET in names:
            found["imagePullSecrets"] = [{"name": name} for name in names if name != SECRET]
            kube.replace("serviceaccounts", namespace, found)
    retrying(attempt)


def test_foreign_entries_survive_hundreds_of_interleaved_writes(lab):
    accounts = [f"robot-{number}" for number in range(20)]
    namespace = lab.namespace(*accounts)
    lab.configure([entry(ONE)], watch_namespace=namespace, service_account="*")
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    written = {account: {"append": [], "update": []} for account in accounts}
    failures = []
    first_round = threading.Barrier(4)  # the writers, and the start of the helper between

    def write(kind, action, rounds):
        order = random.Random(f"{seed}{kind}")
        try:
            for number in range(rounds):
                if number == 1:
                    first_round.wait(60)
                for account in order.sample(accounts, len(accounts)):
                    name = f"{kind}-{number}"
                    action(lab.kube, namespace, account, name)
                    written[account][kind].append(name)
        except Exception as error:  # a thread's failure is the test's
            failures.append(error)
            first_round.abort()

    def take_ours_away():
        try:
            first_round.wait(60)
            for _ in range(5):
                for account in accounts:
                    drop_ours(lab.kube, namespace, account)
        except Exception as error:
            failures.append(error)
            first_round.abort()

    threads = [threading.Thread(target=write, args=("append", append, 8)),
               threading.Thread(target=write, args=("update", update, 8)),
               threading.Thread(target=take_ours_away)]
    for thread in threads:
        thread.start()
    helper = lab.helper()
    helper.wait_served(namespace)
    first_round.wait(60)
    for thread in threads:
        thread.join(120)
    assert not failures

    for account in accounts:
        names = pull_secrets(lab.wait_linked(namespace, account))
        foreign = [name for name in names if name != SECRET]
        assert len(foreign) == 16
        # Each writer's entries are there once, and in the order in which they were written.
        for kind in ("append", "update"):
            assert [name for name in foreign if name.startswith(kind)] == written[account][kind]
    # It really was a competition: the helper wrote many times, and lost some of the races.
    patches = [request for request in lab.requests() if request[0] == "patch"
               and request[1] == "serviceaccounts" and request[2] == namespace]
    assert len(patches) > 3 * len(accounts)


def test_an_account_without_a_list_gets_one_and_an_empty_one_is_filled(lab):
    namespace = lab.namespace("empty")
    lab.kube.merge("serviceaccounts", namespace, "empty", {"imagePullSecrets": []})
    lab.configure([entry(ONE)], watch_namespace=namespace, service_account="*")
    lab.helper()
    assert pull_secrets(lab.wait_linked(namespace)) == [SECRET]
    assert pull_secrets(lab.wait_linked(namespace, "empty")) == [SECRET]


def test_a_link_that_was_removed_or_overwritten_is_restored(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.helper().wait_served(namespace)
    lab.wait_linked(namespace)
    for names in ([], ["mine"], ["mine", "second"]):
        link_raw(lab.kube, namespace, "default", names)
        assert pull_secrets(lab.wait_linked(namespace)) == [*names, SECRET]


def test_a_link_that_is_there_already_is_not_doubled(lab):
    namespace = lab.namespace()
    link_raw(lab.kube, namespace, "default", ["before", SECRET, "after"])
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.helper().wait_served(namespace)
    lab.wait_secret(namespace, DOMAINS)
    lab.quiet(namespace)
    assert pull_secrets(lab.account(namespace)) == ["before", SECRET, "after"]


def test_a_list_that_a_user_doubled_is_left_as_it_is_and_freed_of_ours_alone(lab):
    namespace = lab.namespace("twice")
    link_raw(lab.kube, namespace, "twice", ["a", "a", SECRET, SECRET])
    before = version_of(lab.account(namespace, "twice"))
    lab.configure([entry(ONE)], watch_namespace=namespace, service_account="*")
    helper = lab.helper()
    lab.wait_secret(namespace, DOMAINS)
    lab.wait_linked(namespace)
    lab.quiet(namespace)
    assert version_of(lab.account(namespace, "twice")) == before
    assert helper.stop() == 0
    done = subprocess.run([PROGRAM, "cleanup", "--all-references", "--kubeconfig", lab.cluster.folder / "admin.kubeconfig"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done
    assert pull_secrets(lab.account(namespace, "twice")) == ["a", "a"]


def test_an_account_that_is_deleted_and_made_again_is_linked_again(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.helper().wait_served(namespace)
    old = lab.wait_linked(namespace)["metadata"]["uid"]
    lab.kube.delete("serviceaccounts", namespace, "default")  # a controller makes it again
    lab.kube.wait("the new account is linked",
                  lambda found: found and found["metadata"]["uid"] != old
                  and pull_secrets(found) == [SECRET],
                  "serviceaccounts", namespace, "default")


def test_the_secret_says_who_wrote_it_and_how_long_it_holds(lab):
    namespace = lab.namespace()
    lab.configure([entry(ONE)], watch_namespace=namespace)
    lab.helper()
    secret = lab.wait_secret(namespace, DOMAINS)
    meta = secret["metadata"]
    assert meta["labels"]["app.kubernetes.io/managed-by"] == "acr-credential-helper"
    assert {item["manager"] for item in meta["managedFields"]} == {"acr-credential-helper"}
    notes = str(meta["annotations"])
    assert ONE in notes and all(domain in notes for domain in DOMAINS)
    for _, password in auths(secret).values():
        assert password not in notes
