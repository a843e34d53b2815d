"""An API server that asks its clients to connect again (GOAWAY), as one behind a load balancer does to spread them."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import yaml

from lab.balancer import Balancer
from lab.waiting import until
from lab.world import ONE, domains_of, entry

DOMAINS = domains_of("one")
COUNT = 300
LABORATORY = {"server_flags": ["--goaway-chance=0.02"]}  # the most that kube-apiserver takes


@pytest.fixture
def counter(lab):
    """Counts the helper's connections."""
    made = Balancer()
    made.ports.append(urlsplit(lab.cluster.server).port)
    yield made
    made.close()


def test_a_connection_that_is_to_be_left_costs_no_request(lab, counter, tmp_path):
    """That is after one request in fifty: those under way are answered, the next ones go over a new connection."""
    config = yaml.safe_load(lab.cluster.helper_kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{counter.port}"
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    lab.configure([entry(ONE)], watch_namespace="all")
    helper = lab.helper(kubeconfig=kubeconfig, log_level="debug")
    helper.wait_served("default")
    before = counter.turn
    with ThreadPoolExecutor(8) as several:
        spaces = list(several.map(lambda _: lab.namespace(stem="away"), range(COUNT)))
    until("all are served", lambda: {line["namespace"] for line in helper.log("namespace_served")} >= set(spaces), 60)
    for space in (spaces[0], spaces[-1]):
        lab.wait_secret(space, DOMAINS)
        lab.wait_linked(space)
    assert counter.turn >= before + 3  # of 600 writes and more, a dozen end a connection
    troubles = [line for line in helper.log() if line["level"] in ("warning", "error") or line["event"].endswith("_failed")]
    assert troubles == []
