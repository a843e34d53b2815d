"""The configuration of containerd and the kubelet, and their folders."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NODE = "testnode"  # as tools/testcluster's certificate says
PAUSE = "testnode.invalid/pause:1"

# Where everything is that they write. A tmpfs of their own: it ends with them. The paths of sockets have to
# stay below 100 characters.
HOME = Path("/run/testnode")
CONTAINERD_SOCKET = HOME / "containerd.sock"
PLUGINS = Path("/usr/lib/cni")


def programs():
    """{name: path or None}: Debian's, those that tools/test unpacks, and those that are built."""
    unpacked = ROOT / "build/tools/debian/usr/bin"
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", str(unpacked)])
    found = {name: shutil.which(name, path=path) for name in ("containerd", "ctr", "runc", "ip", "unshare", "nsenter")}
    built = {name: ROOT / "build/tools" / name for name in ("kubelet", "pause")}
    return {name: Path(where) if where else None for name, where in found.items()} | {
        name: where if where.is_file() else None for name, where in built.items()}


CONTAINERD = """version = 2
root = "{home}/containerd"
state = "{home}/containerd-state"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # A container may not be asked for a lower score than its parent has, where CAP_SYS_RESOURCE is missing.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{plugins}"
  conf_dir = "{home}/cni"
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "{home}/registries"
"""

REGISTRY = """server = "http://{address}"
[host."http://{address}"]
  capabilities = ["pull", "resolve"]
"""


@dataclass
class Settings:
    server: str  # URL of the API server
    certificates: dict  # file name: PEM, of the cluster and of the node
    registries: dict  # host name: HOST:PORT that answers for it
    name: str  # of bridge and cgroup
    address: str  # of the node, on the bridge
    node: str = NODE

    @staticmethod
    def make(cluster, registries, name, address):
        """`cluster`: the folder of a running testcluster."""
        port = json.loads((cluster / "state.json").read_text())["port"]
        certificates = {part: (cluster / part).read_text() for part in ("ca.crt", "node.crt", "node.key")}
        return Settings(f"https://127.0.0.1:{port}", certificates, registries, name, address)

    def write(self):
        """All files, into the tmpfs."""
        files = {
            **self.certificates,
            "containerd.toml": CONTAINERD.format(home=HOME, socket=CONTAINERD_SOCKET, pause=PAUSE, plugins=PLUGINS),
            "cni/10-bridge.conflist": json.dumps(self.network()),
            "kubelet.json": json.dumps(self.kubelet()),
            "kubeconfig": json.dumps(self.kubeconfig()),
            "resolv.conf": "",
            **{f"registries/{host}/hosts.toml": REGISTRY.format(address=address)
               for host, address in self.registries.items()},
        }
        for name, text in files.items():
            path = HOME / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(text)

    def network(self):
        return {"cniVersion": "0.4.0", "name": self.name, "plugins": [
            {"type": "bridge", "bridge": self.name, "isGateway": True, "ipMasq": False,
             "ipam": {"type": "host-local", "dataDir": str(HOME / "networks"), "ranges": [
                 [{"subnet": self.address.rsplit(".", 1)[0] + ".0/20", "gateway": self.address}]]}}]}

    def kubeconfig(self):
        return {"apiVersion": "v1", "kind": "Config", "current-context": "node",
                "clusters": [{"name": "node", "cluster": {
                    "server": self.server, "certificate-authority": str(HOME / "ca.crt")}}],
                "users": [{"name": "node", "user": {
                    "client-certificate": str(HOME / "node.crt"), "client-key": str(HOME / "node.key")}}],
                "contexts": [{"name": "node", "context": {"cluster": "node", "user": "node"}}]}

    def kubelet(self):
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
            "address": self.address, "healthzPort": 0,
            "authentication": {"anonymous": {"enabled": False}, "x509": {"clientCAFile": str(HOME / "ca.crt")}},
            "authorization": {"mode": "Webhook"},
            "cgroupDriver": "cgroupfs", "cgroupRoot": f"/{self.name}", "failCgroupV1": False,
            "enforceNodeAllocatable": [], "failSwapOn": False, "makeIPTablesUtilChains": False,
            "resolvConf": str(HOME / "resolv.conf"), "volumePluginDir": str(HOME / "volume-plugins"),
            # A full disk or little memory is the machine's business, not that of the tests.
            "evictionHard": {"memory.available": "1Mi"}, "imageGCHighThresholdPercent": 100,
            # Nothing that a Pod waits for should be the kubelet's own moderation.
            "registryPullQPS": 0, "serializeImagePulls": False, "eventRecordQPS": 0, "kubeAPIQPS": 500, "kubeAPIBurst": 1000,
            "maxPods": 1000,
        }
