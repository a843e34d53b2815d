"""Many namespaces by name on the real server, which carries 250 streams over one HTTP/2 connection."""

import os
from concurrent.futures import ThreadPoolExecutor

from lab.waiting import until
from lab.world import ONE, domains_of, entry

COUNT = 400


def sockets_of(pid):
    folder = f"/proc/{pid}/fd"
    return sum(os.readlink(f"{folder}/{name}").startswith("socket:") for name in os.listdir(folder))


def test_watches_share_few_connections_and_are_not_throttled(lab):
    with ThreadPoolExecutor(8) as several:
        spaces = list(several.map(lambda _: lab.namespace(), range(COUNT)))
    lab.configure([entry(ONE)], watch_namespace=",".join(spaces))
    helper = lab.helper()
    until("all are served", lambda: len(helper.log("namespace_served")) == COUNT, 120)
    lab.wait_secret(spaces[-1], domains_of("one"))
    # Four would do, and those opened while one of them was being made; all at once they were some hundred.
    assert sockets_of(helper.pid) < 45
    assert helper.log("watch_failed") == []
