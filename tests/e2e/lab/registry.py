"""Debian's docker-registry on a free port, with one small image in it, behind token authentication."""

import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import tarfile
from io import BytesIO

import yaml

from . import ROOT
from .process import Program
from .waiting import until

SERVICE = "registry.e2e"


def find_program():
    fetched = ROOT / "build/tools/debian/usr/bin/docker-registry"
    return os.environ.get("ACR_DOCKER_REGISTRY") or shutil.which("docker-registry") or str(fetched)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_image(folder):
    """An OCI image of one file, as skopeo's "dir:" transport keeps it."""
    layer = BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        text = b"pulled with a short-lived password\n"
        member = tarfile.TarInfo("hello.txt")
        member.size = len(text)
        tar.addfile(member, BytesIO(text))
    folder.mkdir(parents=True, exist_ok=True)

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        return {"mediaType": kind, "size": len(data), "digest": f"sha256:{digest}"}

    data = layer.getvalue()
    layer_blob = blob(data, "application/vnd.oci.image.layer.v1.tar")
    config = {"architecture": "amd64", "os": "linux", "config": {},
              "rootfs": {"type": "layers", "diff_ids": [layer_blob["digest"]]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
                "layers": [layer_blob]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "version").write_text("Directory Transport Version: 1.1\n")


class Registry:
    """Start it before the cloud: the cloud's world names its address."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.program = None
        folder.mkdir(parents=True, exist_ok=True)

    def _run(self, name, auth):
        config = {"version": "0.1", "log": {"level": "warn"},
                  "storage": {"filesystem": {"rootdirectory": str(self.folder / "storage")}},
                  "http": {"addr": self.host}}
        if auth:
            config["auth"] = auth
        path = self.folder / f"{name}.yml"
        path.write_text(yaml.safe_dump(config))
        self.program = Program(name, [find_program(), "serve", path], self.folder)
        until("the registry answers", self._answers)

    def _answers(self):
        if not self.program.running:
            raise RuntimeError(f"the registry has ended: {self.program.output()}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/v2/")
            return connection.getresponse().status in (200, 401)
        except OSError:
            return False
        finally:
            connection.close()

    def fill(self, *repositories, archive=None):
        """Puts the image in while the registry is open to everyone; `archive`: another one."""
        image = self.folder / "image"
        if not archive:
            write_image(image)
        source = f"oci-archive:{archive}" if archive else f"dir:{image}"
        self._run("registry-open", None)
        try:
            for repository in repositories:
                done = skopeo("copy", "--dest-tls-verify=false", source, f"docker://{self.host}/{repository}")
                if done.returncode:
                    raise RuntimeError(f"skopeo: {done.stderr}")
        finally:
            self.stop()

    def start(self, realm, certificates, issuer):
        """From now on only with a token that the issuer's certificate vouches for."""
        self._run("registry", {"token": {"realm": realm, "service": SERVICE, "issuer": issuer,
                                         "rootcertbundle": str(certificates)}})
        return self

    def pull(self, repository, docker_config):
        """Pulls with the content of a Secret as the only credentials; the finished process."""
        authfile = self.folder / "auth.json"
        authfile.write_text(json.dumps(docker_config))
        target = self.folder / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        try:
            return skopeo("copy", "--src-tls-verify=false", "--authfile", authfile,
                          f"docker://{self.host}/{repository}", f"dir:{target}")
        finally:
            authfile.unlink()

    def stop(self):
        if self.program:
            self.program.stop()
            self.program = None


def skopeo(*arguments):
    # The policy that says "images need no signature" belongs to the machine; ours is explicit.
    return subprocess.run(["skopeo", "--insecure-policy", *map(str, arguments)], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
