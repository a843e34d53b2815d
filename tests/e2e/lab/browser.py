"""A real browser without a window, driven by chromedriver over the WebDriver protocol (W3C)."""

import base64
import http.client
import json
import re
import shutil

from .process import Program
from .waiting import until

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]


class Browser:
    """One window. Whatever the console says is kept: `complaints`."""

    def __init__(self, folder):
        self.program = Program("chromedriver", [shutil.which("chromedriver"), "--port=0"], folder)
        self.port = int(until("the driver listens", lambda: re.search(r"successfully on port (\d+)",
                                                                      self.program.output()), 30)[1])
        options = {"args": [*ARGUMENTS, f"--user-data-dir={folder / 'profile'}"], "binary": shutil.which("chromium")}
        self.session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})["sessionId"]

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{path}: {answer['error']}: {answer['message'][:500]}")
        return answer

    def do(self, what, body=None, method="POST"):
        return self._ask(method, f"/session/{self.session}/{what}", {} if body is None and method == "POST" else body)

    def open(self, url):
        self.do("url", {"url": url})

    def run(self, script):
        """What a function body returns in the page."""
        return self.do("execute/sync", {"script": script, "args": []})

    def prefer(self, scheme):
        """"light" or "dark"."""
        self.do("goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]}})

    def size(self, width, height):
        self.do("goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}})

    def picture(self, path):
        path.write_bytes(base64.b64decode(self.do("screenshot", method="GET")))

    def complaints(self):
        return [line["message"] for line in self.do("se/log", {"type": "browser"})]

    def stop(self):
        try:
            self._ask("DELETE", f"/session/{self.session}")
        finally:
            self.program.stop()
