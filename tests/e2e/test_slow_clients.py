"""Clients that are slow, silent or many do not keep a probe from its answer."""

import contextlib
import socket
import urllib.request

import pytest

from lab.waiting import until
from lab.world import ONE, entry

HALF = b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "


@pytest.fixture
def port(lab):
    lab.configure([entry(ONE)], watch_namespace="default")
    helper = lab.helper("--health-address", "127.0.0.1:0")
    address = helper.wait_log("listening")["address"]
    number = int(address.rsplit(":", 1)[1])
    until("it is alive", lambda: probe(number) == 200)
    return number


def probe(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=3) as answer:
            return answer.status
    except OSError as error:
        return str(error)


@pytest.mark.parametrize("said", [b"", b"G", HALF, b"\x16\x03\x01\x02\x00"], ids=["nothing", "a letter", "half a request", "TLS"])
def test_two_hundred_unfinished_requests_keep_no_probe_waiting(port, said):
    with contextlib.ExitStack() as held:
        for _ in range(200):
            client = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            with contextlib.suppress(OSError):
                client.sendall(said)
        assert [probe(port) for _ in range(12)] == [200] * 12


def test_readers_that_do_not_read_keep_no_probe_waiting(port):
    with contextlib.ExitStack() as held:
        for _ in range(200):
            client = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            with contextlib.suppress(OSError):
                client.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        # While sixteen answers are being made for this very address, one more is not taken; that is over at once.
        until("they are answered", lambda: probe(port) == 200)
        assert [probe(port) for _ in range(12)] == [200] * 12
