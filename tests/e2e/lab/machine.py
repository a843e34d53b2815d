"""What a machine of the cloud has for the helper: a role that is attached to it, the token of an add-on."""

import base64
import copy
import itertools
import json
import os
import subprocess
import urllib.request

from .world import OWN, PULL, REGION, allow

WORKER, OTHER_WORKER, MANAGED = "acr-worker", "acr-worker-2", "AliyunCSManagedAcrRole"
KEYRING = "0123456789abcdef"


def with_machine(world, attached=None, mode="optional", policy=None):
    """That world with roles for machines; one of them may be attached to the one that the metadata
    service speaks of."""
    made = copy.deepcopy(world)
    trust = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                            "Principal": {"Service": ["ecs.aliyuncs.com"]}}]}
    made["accounts"][0]["roles"] += [
        {"name": name, "max_session_duration": 43200, "trust_policy": trust, "policy": policy or allow(PULL)}
        for name in (WORKER, OTHER_WORKER, MANAGED)]
    made["metadata"] = {"region": REGION, "mode": mode}
    if attached:
        made["metadata"]["role"] = f"acs:ram::{OWN}:role/{attached}"
    return made


def session_of(lab, role):
    """A session of one of those roles. It lives as long as the world says, whatever is attached later."""
    lab.cloud.change(with_machine(lab.world(), attached=role))
    address = f"{lab.cloud.report['http']}/latest/meta-data/ram/security-credentials/{role}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as answer:
        return json.load(answer)


def encrypted(text, keyring=KEYRING):
    vector = os.urandom(16)
    done = subprocess.run(["openssl", "enc", "-aes-128-cbc", "-K", keyring.encode().hex(), "-iv", vector.hex()],
                          input=text.encode(), capture_output=True, check=True)
    return base64.b64encode(vector + done.stdout).decode()


def addon_token(session):
    """The file that Container Service's control plane writes for such a session."""
    return json.dumps({"access.key.id": encrypted(session["AccessKeyId"]),
                       "access.key.secret": encrypted(session["AccessKeySecret"]),
                       "security.token": encrypted(session["SecurityToken"]),
                       "expiration": session["Expiration"], "keyring": KEYRING})


class Volume:
    """A Secret's volume as the kubelet keeps it: links that lead through one that is replaced."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.numbers = itertools.count(1)

    def write(self, name, text):
        number = next(self.numbers)
        version = self.folder / f"..version-{number}"
        version.mkdir()
        (version / name).write_text(text)
        link = self.folder / "..data_tmp"
        link.symlink_to(version.name)
        link.rename(self.folder / "..data")
        if not (self.folder / name).is_symlink():
            (self.folder / name).symlink_to(f"..data/{name}")
        return self.folder / name
