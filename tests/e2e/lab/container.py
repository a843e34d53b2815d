"""The image of tools/image, run by a real runtime as a Pod would run it."""

import json
import shutil
import subprocess

from . import ROOT
from .helper import Helper
from .process import Program

TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount"
ACCOUNT = "aliyun-acr-credential-helper"


def call_image(output, libraries, epoch=1700000000):
    """tools/image with the program that is there."""
    return subprocess.run([ROOT / "tools/image", "--output", output, "--libraries", libraries, "--program",
                           ROOT / "build/release/tools/helper/acr-credential-helper"],
                          check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SOURCE_DATE_EPOCH": str(epoch)})


def build_image(output, epoch=1700000000):
    """Builds it with the libraries of this machine; what tools/image reports."""
    answer = call_image(output, "installed", epoch)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def unpack(layout, tag, bundle):
    subprocess.run(["umoci", "unpack", "--image", f"{layout}:{tag}", str(bundle)], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)


def projected_token(cluster, folder):
    """The files that a kubelet mounts for a Pod of the helper's account."""
    folder.mkdir(parents=True)
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3607}}
    answer = cluster.admin.do("POST", f"/api/v1/namespaces/kube-system/serviceaccounts/{ACCOUNT}/token", body)
    (folder / "token").write_text(answer["status"]["token"])
    (folder / "namespace").write_text("kube-system")
    shutil.copy(cluster.ca, folder / "ca.crt")
    for file in folder.iterdir():
        file.chmod(0o444)


class Container(Helper):
    """The helper in its image. Read-only, without capabilities, as the image's own user; it shares only
    the network of this machine, where the test's API server and cloud are."""

    def __init__(self, name, folder, bundle, cluster, mounts=(), arguments=()):
        self.state = folder / "runc"
        self.name = name
        tokens = folder / "token"
        projected_token(cluster, tokens)
        config = json.loads((bundle / "config.json").read_text())
        process = config["process"]
        process["terminal"] = False
        process["args"] += arguments
        process["env"] += [f"KUBERNETES_SERVICE_HOST={cluster.server.split('/')[2].split(':')[0]}",
                           f"KUBERNETES_SERVICE_PORT={cluster.server.rsplit(':', 1)[1]}"]
        process["capabilities"] = {}
        process["noNewPrivileges"] = True
        config["root"]["readonly"] = True
        # What a container of any runtime has; no cgroups: they differ between machines.
        config["mounts"] = [mount for mount in config["mounts"]
                            if mount["destination"] in ("/proc", "/dev")]
        for source, destination in [(tokens, TOKENS), *mounts]:
            config["mounts"].append({"destination": destination, "type": "bind", "source": str(source),
                                     "options": ["bind", "ro"]})
        config["linux"]["namespaces"] = [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]
        config["linux"].pop("resources", None)
        (bundle / "config.json").write_text(json.dumps(config))
        self.process_config = process
        self.program = Program(name, ["runc", "--root", self.state, "run", "--bundle", bundle, name],
                               folder)
        self.ended = None

    def remove(self):
        """runc passes SIGTERM on; after a SIGKILL the container has to be removed by itself."""
        self.program.stop()
        subprocess.run(["runc", "--root", str(self.state), "delete", "--force", self.name], check=False,
                       stdin=subprocess.DEVNULL, capture_output=True)
