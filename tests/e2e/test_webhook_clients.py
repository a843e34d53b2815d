"""Any client that reaches the webhook's port may talk to it, in any number and in any way: memory stays within what a Pod
has, the API server's requests and the probes are answered."""

import contextlib
import json
import socket
import ssl
import urllib.request

import pytest

from lab.waiting import until
from lab.webhook import port_of, probe, register, unregister
from lab.world import ONE, entry

REVIEW = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "1"}}).encode()
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(REVIEW) + REVIEW
# A Pod of the chart has 128 MiB.
MOST_MEMORY = 100 << 20


@pytest.fixture
def helper(lab):
    lab.configure([entry(ONE)], watch_namespace="all", service_account="*")
    made = lab.helper("--webhook-address", "127.0.0.1:0", "--health-address", "127.0.0.1:0")
    register(lab, made)
    until("accounts are linked at creation", lambda: probe(lab), 30)
    yield made
    lab.stop_helpers()
    unregister(lab)


def client(helper, source="127.0.0.1"):
    anyone = ssl.create_default_context()
    anyone.check_hostname = False
    anyone.verify_mode = ssl.CERT_NONE
    return anyone.wrap_socket(socket.create_connection(("127.0.0.1", port_of(helper)), timeout=30, source_address=(source, 0)))


def status(connection):
    """That of the next answer; None: the connection ended without one."""
    with contextlib.suppress(OSError):
        line = connection.recv(65536).split(b"\r\n")[0].split(b" ")
        return int(line[1]) if len(line) > 1 else None
    return None


def said(helper, text):
    with client(helper) as connection:
        connection.sendall(text)
        return status(connection)


def alive(helper):
    address = helper.wait_log("listening", health=True)["address"]
    try:
        with urllib.request.urlopen(f"http://{address}/livez", timeout=10) as answer:
            return answer.status
    except OSError as error:
        return str(error)


def peak(helper):
    with open(f"/proc/{helper.pid}/status") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def test_a_thousand_clients_keep_neither_probes_nor_the_api_server_waiting(lab, helper):
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(client(helper, f"127.0.0.{2 + number % 50}")) for number in range(1000)]
        assert [alive(helper) for _ in range(12)] == [200] * 12
        assert said(helper, WHOLE) == 200
        for one in clients:
            with contextlib.suppress(OSError):  # most were let go
                one.sendall(HEAD + b"Content-Length: 4000000\r\n\r\n" + b" " * 1000)
        assert [alive(helper) for _ in range(12)] == [200] * 12
        assert said(helper, WHOLE) == 200
        assert probe(lab)
        assert peak(helper) < MOST_MEMORY


@pytest.mark.parametrize("value", [b"[0]", b"0", b"{}", b'{"":0}', b'{"a":[]}', b'""'], ids=bytes.decode)
def test_a_review_of_a_million_values_is_refused_before_it_takes_the_memory(lab, helper, value):
    room = (4 << 20) - 64
    body = b'{"a":[' + (value + b",") * (room // (len(value) + 1)) + b"0]}"
    assert said(helper, HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body) == 400
    assert peak(helper) < MOST_MEMORY
    assert probe(lab)


AMBIGUOUS = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: %d\r\n\r\n" % len(REVIEW),
    "a list of lengths": b"Content-Length: 5, %d\r\n\r\n" % len(REVIEW),
    "a length and chunks": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(REVIEW),
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n" % len(REVIEW),
    "chunks in gzip": b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a signed length": b"Content-Length: +%d\r\n\r\n" % len(REVIEW),
    "a length beyond numbers": b"Content-Length: 99999999999999999999999\r\n\r\n",
    "a huge length": b"Content-Length: 9223372036854775808\r\n\r\n",
    "a blank before the colon": b"Content-Length : %d\r\n\r\n" % len(REVIEW),
    "lines without CR": b"X: y\nContent-Length: %d\n\n" % len(REVIEW),
    "a NUL": b"X: a\0b\r\nContent-Length: %d\r\n\r\n" % len(REVIEW),
    "headers without end": b"X: " + b"a" * 9000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("how", AMBIGUOUS)
def test_a_request_that_two_readers_would_read_differently_is_refused(helper, how):
    with client(helper) as connection:
        connection.sendall(HEAD + AMBIGUOUS[how] + REVIEW + WHOLE)
        assert status(connection) in (400, 411, 413, 431)
        assert status(connection) is None  # what follows is no request
    assert said(helper, WHOLE) == 200
