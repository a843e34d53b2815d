"""Many namespaces by name, on a server that speaks HTTP/1.1: each takes two watches, and each watch a connection."""

from concurrent.futures import ThreadPoolExecutor

from lab.objects import SECRET, pull_secrets
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry

LABORATORY = {"cluster": "kubesim"}
COUNT = 300


def test_watches_leave_connections_for_writes(lab):
    with ThreadPoolExecutor(8) as several:
        spaces = list(several.map(lambda _: lab.namespace(), range(COUNT)))
    lab.configure([entry(ONE)], watch_namespace=",".join(spaces))
    helper = lab.helper()
    until("all are served", lambda: len(helper.log("namespace_served")) == COUNT, 120)
    for space in spaces:
        lab.wait_secret(space, domains_of("one"))
        lab.wait_linked(space)
    # What is changed afterwards is seen in each of them, and written.
    lab.kube.delete("secrets", spaces[-1], SECRET)
    lab.kube.merge("serviceaccounts", spaces[0], "default", {"imagePullSecrets": None})
    lab.wait_secret(spaces[-1], domains_of("one"))
    lab.wait_linked(spaces[0])
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=",".join(spaces))
    for space in spaces:
        lab.wait_secret(space, domains_of("one") + domains_of("two"), 60)
    assert all(pull_secrets(lab.account(space)) == [SECRET] for space in spaces)
    troubles = [line for line in helper.log() if line["level"] in ("warning", "error")]
    assert troubles == []
