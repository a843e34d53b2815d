"""Runs the vendor's SDKs against the simulated cloud and judges what comes out.

usage: contract.py (explicit|default) --cloudsim PROGRAM --build FOLDER

explicit: every client gets the address of the cloud.
default:  no client is configured; to be run where the real names and 100.100.100.200 lead to this
          machine, ports 80 and 443 (tests/sdk/namespace).

Prints a line per case and, at the end, "N passed, N failed".
"""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import cases as contract

HERE = Path(__file__).resolve().parent
REGION = "cn-hangzhou"
LANGUAGES = ("python", "node", "go")


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """An OIDC issuer as a cluster has one."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwks(self):
        numbers = self.key.public_key().public_numbers()
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "sdk-1",
                          "n": base64url(numbers.n.to_bytes(256, "big")), "e": base64url(b"\x01\x00\x01")}]}

    def token(self, **changes):
        now = int(time.time())
        claims = {"iss": "https://issuer.example", "aud": ["sts.aliyuncs.com"],
                  "sub": "system:serviceaccount:kube-system:aliyun-acr-credential-helper",
                  "iat": now, "nbf": now, "exp": now + 3600, **changes}
        head = base64url(json.dumps({"alg": "RS256", "kid": "sdk-1", "typ": "JWT"}).encode())
        text = head + "." + base64url(json.dumps(claims).encode())
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return text + "." + base64url(signature)


def write_tokens(folder, issuer):
    past = int(time.time()) - 7200
    tokens = {
        "good": issuer.token(),
        "expired": issuer.token(iat=past, nbf=past, exp=past + 3600),
        "other audience": issuer.token(aud=["api"]),
        "other issuer": issuer.token(iss="https://other.example"),
        "other key": Issuer().token(),
        "no token": "this is not a token",
        "other subject": issuer.token(sub="system:serviceaccount:default:default"),
    }
    paths = {}
    for name, text in tokens.items():
        path = folder / ("token-" + name.replace(" ", "-"))
        path.write_text(text)
        paths[name] = str(path)
    return paths


def start_cloud(program, folder, how):
    command = [program, "run", "--world", str(folder / "world.yaml"), "--dir", str(folder / "cloud"),
               "--exit-with-parent"]
    if how == "default":
        command += ["--bind", "127.0.0.1:443", "--bind", "100.100.100.200:80"]
    cloud = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = cloud.stdout.readline()
    if not line:
        sys.exit("contract.py: the simulated cloud did not start")
    return cloud, json.loads(line)


def write_profiles(folder, token):
    """In the home of every driver: where each SDK looks for credentials files."""
    data = HERE.parent / "data/aliyun/profiles"
    for source, names in (("config.json", [".aliyun/config.json"]),
                          ("credentials", [".alibabacloud/credentials", ".alibabacloud/credentials.ini"])):
        for name in names:
            path = folder / "home" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((data / source).read_text().replace("/var/run/token", token))


def environment(folder, ca):
    """No key, profile or proxy of the user; trust in the cloud's CA."""
    kept = {name: value for name, value in os.environ.items()
            if not name.lower().endswith("_proxy") and not name.startswith(("ALIBABA", "ALICLOUD"))}
    home = folder / "home"
    return {**kept, "HOME": str(home), "SSL_CERT_FILE": ca, "NODE_EXTRA_CA_CERTS": ca, "REQUESTS_CA_BUNDLE": ca}


def make_plan(how, ready, tokens, chosen):
    explicit = how == "explicit"
    http = ready["http"].removeprefix("http://") if explicit else ""
    https = ready["https"].removeprefix("https://") if explicit else ""
    protocol = "http" if explicit else ""
    return {"region": REGION, "cr_endpoint": http, "cr_protocol": protocol, "sts_endpoint": http,
            "sts_protocol": protocol, "sts_tls_endpoint": https, "keys": contract.KEYS, "tokens": tokens,
            "cases": chosen}


def complaint(case, told):
    """What is wrong with what a driver told, or nothing."""
    expect, operation = case["expect"], case["operation"]
    if expect != "ok":
        if "error" not in told:
            return f"succeeded instead of {expect}"
        said = told["error"]["code"] + " " + told["error"]["message"]
        if "expect_text" in case:
            return None if case["expect_text"] in said else f"instead of {case['expect_text']}: {said}"
        # Providers wrap the service's answer into a text of their own.
        exact = "provider" in case.get("as", {}) or told["error"]["code"] == expect
        return None if exact and expect in said else f"instead of {expect}: {said}"
    if "error" in told:
        return "failed: {code} {message}".format(**told["error"])
    result = told["result"]
    if result.get("success", True) is not True:
        return "the SDK does not see success"
    if operation == "endpoints":
        return None if result["domains"] == contract.DOMAINS else f"domains {result['domains']}"
    if "token" in operation:
        return wrong_password(case, result)
    if case.get("key"):
        return None if result["id"] == case["key"] and result["secret"] else f"the key {result['id']}"
    if operation in ("assume", "assume_oidc", "provide", "profile"):
        return wrong_session(result)
    return None


def wrong_password(case, result):
    left = int(result["expires_ms"]) / 1000 - time.time()
    if result["user"] != "cr_temp_user" or not result["password"]:
        return "no user or no password"
    return None if 3000 < left <= 3601 else f"a password that lives {left} s"


def wrong_session(result):
    if not result["id"].startswith("STS.") or not result["secret"] or not result["token"]:
        return "a session without id, secret or token"
    if "expiration" not in result:
        return None
    ends = datetime.strptime(result["expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    left = ends.timestamp() - time.time()
    return None if 3000 < left <= 3601 else f"a session that lives {left} s"


def report(how, language, name, wrong):
    print(f"{'FAILED' if wrong else 'passed'}  {how}, {language}: {name}" + (f": {wrong}" if wrong else ""))


def run_language(language, how, options, folder, ready, tokens):
    chosen = list(contract.cases(language, metadata=how == "default"))
    plan = folder / f"plan-{language}.json"
    plan.write_text(json.dumps(make_plan(how, ready, tokens, chosen)))
    command = {
        "python": [str(options.build / "python/bin/python"), str(HERE / "python/driver.py")],
        "node": ["node", str(options.build / "node/driver.js")],
        "go": [str(options.build / "go-driver")],
    }[language]
    try:
        driver = subprocess.run([*command, str(plan)], env=environment(folder, ready["ca"]),
                                capture_output=True, text=True, timeout=300, check=False)
        output, trouble = driver.stdout, driver.stderr
    except subprocess.TimeoutExpired as late:
        output, trouble = (late.stdout or b"").decode(), "it did not end within 300 s"
    told = {}
    for line in output.splitlines():
        if line.startswith("{"):
            answer = json.loads(line)
            told[answer["name"]] = answer
    passed = 0
    for case in chosen:
        wrong = complaint(case, told[case["name"]]) if case["name"] in told else "no result"
        passed += not wrong
        report(how, language, case["name"], wrong)
    if len(told) < len(chosen):
        print(trouble[-4000:])
    wrong = unexpected_calls(how, ready["admin"])
    report(how, language, "what the cloud was asked", wrong)
    return passed + (not wrong), len(chosen) - passed + bool(wrong)


def unexpected_calls(how, admin):
    """Whether all generations of signatures were used, and, without an endpoint, the real names."""
    with urllib.request.urlopen(admin + "/calls?since=0", timeout=10) as answer:
        calls = json.load(answer)["calls"]
    urllib.request.urlopen(urllib.request.Request(admin + "/calls", method="DELETE"), timeout=10).close()
    missing = {"v3", "rpc_v1", "roa_v1", "none"} - {call["scheme"] for call in calls}
    if how == "default":
        hosts = {call["host"].split(":")[0] for call in calls}
        wanted = {f"cr.{REGION}.aliyuncs.com", "100.100.100.200"}
        missing |= wanted - hosts
        if not any(host.startswith("sts.") for host in hosts):
            missing.add("sts")
    return f"nothing of {sorted(missing)}" if missing else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("how", choices=("explicit", "default"))
    parser.add_argument("--cloudsim", required=True)
    parser.add_argument("--build", required=True, type=Path)
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="run-", dir=options.build) as name:
        folder = Path(name)
        issuer = Issuer()
        shutil.copy(HERE / "world.yaml", folder)
        (folder / "issuer-keys.json").write_text(json.dumps(issuer.jwks()))
        tokens = write_tokens(folder, issuer)
        write_profiles(folder, tokens["good"])
        cloud, ready = start_cloud(options.cloudsim, folder, options.how)
        try:
            for language in LANGUAGES:
                right, wrong = run_language(language, options.how, options, folder, ready, tokens)
                passed, failed = passed + right, failed + wrong
        finally:
            cloud.terminate()
            cloud.wait(timeout=10)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
