"""A list of a thousand names, on a real API server: they are watched together, as the default objects allow it."""

from concurrent.futures import ThreadPoolExecutor

from lab.objects import HELPER_USER, SECRET, has_passwords, pull_secrets
from lab.waiting import until
from lab.world import ONE, domains_of, entry

COUNT = 1000


def test_a_thousand_listed_namespaces_are_served_and_looked_after(lab):
    with ThreadPoolExecutor(8) as several:
        spaces = list(several.map(lambda _: lab.namespace(stem="many"), range(COUNT)))
    other = lab.namespace(stem="other")
    lab.configure([entry(ONE)], watch_namespace=",".join(spaces))
    helper = lab.helper()
    until("all are served", lambda: len(helper.log("namespace_served")) == COUNT, 120)
    secrets = {item["metadata"]["namespace"]: item for item in lab.kube.list("secrets")
               if item["metadata"]["name"] == SECRET}
    assert secrets.keys() == set(spaces)
    assert all(has_passwords(secret, domains_of("one")) for secret in secrets.values())
    accounts = {item["metadata"]["namespace"]: item for item in lab.kube.list("serviceaccounts")
                if item["metadata"]["name"] == "default"}
    assert {space for space, account in accounts.items() if pull_secrets(account) == [SECRET]} == set(spaces)
    watches = [one for one in lab.cluster.requests(HELPER_USER)
               if one.verb == "watch" and one.resource in ("secrets", "serviceaccounts")]
    assert {one.namespace for one in watches} == {""}

    # What is changed afterwards is seen, and a namespace that is not listed stays as it is.
    lab.kube.delete("secrets", spaces[-1], SECRET)
    lab.kube.merge("serviceaccounts", spaces[0], "default", {"imagePullSecrets": None})
    lab.wait_secret(spaces[-1], domains_of("one"))
    lab.wait_linked(spaces[0])
    assert lab.secret(other) is None
    assert [line for line in helper.log() if line["level"] == "error"] == []
