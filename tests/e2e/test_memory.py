"""Replaced passwords are gone from the helper's memory: read as a debugger would."""

import base64
import ctypes
import re

import pytest

from lab.objects import auths
from lab.waiting import Late, until
from lab.world import KEY_ID, KEY_SECRET, ONE, TWO, domains_of, entry

LABORATORY = {"password_s": 8.0}
DOMAINS = domains_of("one") + domains_of("two")
NAMESPACES = 12


def memory_of(pid):
    """[bytes of a mapping]: all that the process may write."""
    parts = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, stop = (int(text, 16) for text in span.split("-"))
                memory.seek(start)
                parts.append(memory.read(stop - start))
    return parts


def base64_of(text):
    """It, wherever it stands in something longer; the first and last characters depend on what is beside."""
    return [base64.b64encode(b" " * shift + text)[4:-4] for shift in range(3)]


def forms_of(user, password):
    """As it is, as basic authentication has it, and as the data of a Secret has both."""
    pair = base64.b64encode(f"{user}:{password}".encode())
    return [password.encode(), pair[8:], *base64_of(password.encode()), *base64_of(pair)]


def copies(parts, forms):
    """What stands before each of them: enough to see whose buffer it is."""
    return [re.sub(rb"[^ -~]", b".", part[max(0, at.start() - 60):at.start()]).decode()
            for part in parts for form in forms for at in re.finditer(re.escape(form), part)]


def in_libcurl(before):
    """An answer of the cloud behind the header of its chunk, as libcurl 8 receives it: docs/security.md."""
    version = ctypes.CDLL("libcurl.so.4").curl_version
    version.restype = ctypes.c_char_p
    return not version().decode().startswith("libcurl/7.") and bool(re.search(r'\.{4}\{"TempUsername":"[^"]*","AuthorizationToken":"$', before))


def await_none(helper, what, forms):
    """What is on its way at this moment has a moment to arrive."""
    left = []

    def gone():
        left[:] = [before for before in copies(memory_of(helper.pid), forms) if not in_libcurl(before)]
        return not left

    try:
        until("it is gone", gone, 30)
    except Late:
        pytest.fail(f"{len(left)} copies of {what}; before each: {left}")


def demand_found(helper, forms):
    try:
        assert copies(memory_of(helper.pid), forms), "nothing is found at all: the search is wrong"
    except PermissionError:
        pytest.skip("the memory of another process may not be read here")


def test_a_password_that_was_replaced_is_in_no_memory_of_the_process(lab):
    namespaces = [lab.namespace() for _ in range(NAMESPACES)]
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=",".join(namespaces), expiring_threshold="2s")
    helper = lab.helper("--status-address", "127.0.0.1:0")
    lab.wait_secret(namespaces[0], DOMAINS)
    seen = []

    def renewals():
        now = set(auths(lab.secret(namespaces[0])).values())
        if not seen or seen[-1] != now:
            seen.append(now)
        return len(seen)

    until("renewals", lambda: renewals() >= 5, 60)
    held = {login for namespace in namespaces for login in auths(lab.secret(namespace)).values()}
    old = {login for state in seen for login in state} - held - seen[-1] - {("", "")}
    assert len(old) >= 4
    demand_found(helper, [form for login in seen[-1] for form in forms_of(*login)])
    await_none(helper, f"{len(old)} replaced passwords", [form for login in old for form in forms_of(*login)])


def test_a_key_that_was_taken_out_of_the_configuration_is_in_no_memory_of_the_process(lab):
    namespace = lab.namespace()
    key = {"customAccessKey": KEY_ID, "customAccessKeySecret": KEY_SECRET}
    lab.configure([entry(ONE, **key)], watch_namespace=namespace)
    helper = lab.helper(key=False)
    lab.wait_secret(namespace, domains_of("one"))
    forms = [KEY_SECRET.encode(), *base64_of(KEY_SECRET.encode())]
    demand_found(helper, forms)
    key = {"customAccessKey": "LTAI5tSimulatedKey000002", "customAccessKeySecret": "Another"}
    lab.configure([entry(ONE, **key)], watch_namespace=namespace)
    until("the change is read", lambda: len(helper.log("config_accepted")) == 2)
    await_none(helper, "a key that is in use no more", forms)
