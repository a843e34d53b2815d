"""What the programs of the laboratory have in common: a line that tells that they are ready, and an
administration interface."""

import http.client
import json
from urllib.parse import urlsplit

from .waiting import until


def ready(program, what, seconds):
    """The report of a program that has just been started, when it has written it."""
    def report():
        for line in program.stdout_path.read_text().splitlines():
            if line.startswith("{"):
                return json.loads(line)
        if not program.running:
            raise RuntimeError(f"{what} has ended: {program.output()}")
        return None
    return until(f"{what} is ready", report, seconds)


def administer(address, method, path, body=None):
    """The answer of the administration interface at that address."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)
    finally:
        connection.close()
