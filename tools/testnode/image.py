"""An image of one static program, as an OCI archive (one layer, no compression)."""

import hashlib
import io
import json
import platform
import tarfile

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def _add(tar, name, data, mode=0o644):
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    tar.addfile(member, io.BytesIO(data))


def write(path, name, program):
    """`name` is what a runtime calls the image that it imports: HOST/REPOSITORY:TAG."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        _add(tar, "pause", program.read_bytes(), 0o755)
    blobs = {}

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": kind, "size": len(data), "digest": f"sha256:{digest}"}

    filesystem = blob(layer.getvalue(), "application/vnd.oci.image.layer.v1.tar")
    config = {"architecture": MACHINES.get(platform.machine(), platform.machine()), "os": "linux",
              "config": {"Entrypoint": ["/pause"]}, "rootfs": {"type": "layers", "diff_ids": [filesystem["digest"]]}}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST,
                "config": blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
                "layers": [filesystem]}
    entry = blob(json.dumps(manifest).encode(), MANIFEST)
    entry["annotations"] = {"io.containerd.image.name": name,
                            "org.opencontainers.image.ref.name": name.rpartition(":")[2]}
    with tarfile.open(path, "w") as tar:
        _add(tar, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        _add(tar, "index.json", json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode())
        for digest, data in blobs.items():
            _add(tar, f"blobs/sha256/{digest}", data)
