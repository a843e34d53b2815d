"""Writes an OCI image of one program with what it links, and its SBOM (for tools/image).

Not by buildah or the like: those want mounts, user namespaces or a daemon's storage, and put times of
their own into layers. This is one layer of regular files, and needs no privilege.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from archive import Archive, in_root, installed, say
from licences import licence_of

NAME = "acr-credential-helper"
USER = 65532  # as other images without a root user have it
# Of amd64 and arm64.
LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def output_of(*command):
    return subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def linked_files(program, root=None):
    """The paths by which the loader finds what the program links, and the loader itself; a file below `root` comes
    before that of the machine."""
    command = ["ldd", str(program)]
    if root:
        # A new C library needs its own loader.
        loader = next((file for file in map(lambda name: in_root(root, name), LOADERS) if file), None)
        folders = [str(folder) for at in (root, Path("/")) for name in ("lib", "usr/lib")
                   for folder in sorted((at / name).glob("*-linux-gnu"))]
        command = ([str(loader)] if loader else [next(name for name in LOADERS if Path(name).exists())])
        command += ["--library-path", ":".join(folders), "--list", str(program)]
    paths = set()
    for line in output_of(*command).splitlines():
        found = re.search(r"(?:=> |^\s*)(/\S+) \(0x", line)
        if found:
            path = found[1].removeprefix(str(root)) if root else found[1]
            paths.add(next((name for name in LOADERS if name.endswith("/" + path.rsplit("/", 1)[1])), path))
        elif "not found" in line:
            raise SystemExit(f"tools/image: {line.strip()}")
    return sorted(paths)


def packages_of(paths):
    """The Debian packages that the files are from. dpkg may know them by their paths before /usr was merged."""
    candidates = {}
    for path in paths:
        real = os.path.realpath(path)
        for name in (path, real, real.removeprefix("/usr"), "/usr" + path):
            candidates.setdefault(name, set()).add(path)
    # Not all candidates exist: its exit code says nothing.
    answer = subprocess.run(["dpkg-query", "-S", *sorted(candidates)], check=False, capture_output=True,
                            text=True)
    owners = {}
    for line in answer.stdout.splitlines():
        owner, _, name = line.rpartition(": ")
        for path in candidates.get(name, ()):
            owners[path] = owner.split(",")[0]
    missing = sorted(set(paths) - set(owners))
    if missing:
        raise SystemExit(f"tools/image: no Debian package owns {', '.join(missing)}")
    return sorted(set(owners.values()))


def described_by(deb, root):
    """As `describe` has it, of a package that is not installed."""
    status = output_of("dpkg-deb", "-f", str(deb))
    fields = dict(re.findall(r"^([A-Z][A-Za-z-]*): (.*)$", status, re.M))
    source = re.fullmatch(r"(\S+)(?: \((.*)\))?", fields.get("Source", fields["Package"]))
    return {"name": fields["Package"], "version": fields["Version"], "architecture": fields["Architecture"],
            "source": source[1], "source_version": source[2] or fields["Version"],
            "homepage": fields.get("Homepage", ""), "copyright": copyright_of(fields["Package"], root),
            "status": status.replace("\n", "\nStatus: install ok installed\n", 1)}


def copyright_of(package, root=None):
    name = f"/usr/share/doc/{package}/copyright"
    file = (root and in_root(root, name)) or Path(name)
    return file.read_bytes() if file.is_file() else b""


def describe(package):
    """What dpkg knows of a package; `status` is its whole record."""
    fields = output_of("dpkg-query", "-W", "-f",
                       "${Package}|${Version}|${Architecture}|${source:Package}|${source:Version}|${Homepage}",
                       package)
    name, version, architecture, source, source_version, homepage = fields.split("|")
    return {"name": name, "version": version, "architecture": architecture, "source": source,
            "source_version": source_version, "homepage": homepage, "copyright": copyright_of(name),
            "status": output_of("dpkg-query", "-s", package)}


def stripped(program):
    with tempfile.NamedTemporaryFile() as copy:
        output_of("strip", "--strip-all", "-o", copy.name, str(program))
        return Path(copy.name).read_bytes()


def roots_of(root):
    """The root certificates of Debian's package, without any that were added to this machine."""
    folder = "usr/share/ca-certificates/mozilla"
    at = root / folder if root and (root / folder).is_dir() else Path("/") / folder
    return b"".join(file.read_bytes().rstrip() + b"\n" for file in sorted(at.glob("*.crt")))


def files_of_image(program, packages, libraries, root):
    """{path: (mode, content)}"""
    files = {
        f"usr/bin/{NAME}": (0o755, stripped(program)),
        "etc/passwd": (0o644, f"{NAME}:x:{USER}:{USER}:{NAME}:/:/sbin/nologin\n".encode()),
        "etc/group": (0o644, f"{NAME}:x:{USER}:\n".encode()),
        "etc/nsswitch.conf": (0o644, b"hosts: files dns\n"),
        "etc/os-release": (0o644, Path("/etc/os-release").read_bytes()),
        str(ROOTS)[1:]: (0o644, roots_of(root)),
    }
    for path in libraries:
        files[path[1:]] = (0o755, ((root and in_root(root, path)) or Path(path)).read_bytes())
    for package in packages:
        # Where scanners look for packages in an image without dpkg; and the licences.
        files[f"var/lib/dpkg/status.d/{package['name']}"] = (0o644, package["status"].encode())
        if package["copyright"]:
            # Compressed: one of them has 2 MB.
            files[f"usr/share/doc/{package['name']}/copyright.gz"] = (
                0o644, gzip.compress(package["copyright"], 9, mtime=0))
    return files


def layer_of(files, epoch):
    """A tar archive with nothing of this machine in it."""
    folders = {str(parent) for path in files for parent in Path(path).parents if str(parent) != "."}
    folders |= {"tmp", "var/run/secrets"}
    folders |= {str(parent) for path in list(folders) for parent in Path(path).parents if str(parent) != "."}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(folders | set(files)):
            entry = tarfile.TarInfo(path)
            entry.mtime = epoch
            if path in files:
                entry.mode, content = files[path]
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                entry.type = tarfile.DIRTYPE
                entry.mode = 0o1777 if path == "tmp" else 0o755
                archive.addfile(entry)
    return buffer.getvalue()


def sbom(image_digest, version, packages, epoch):
    """SPDX 2.3: the image, the program, and the Debian package of each library."""
    def package(identity, name, release, **more):
        return {"SPDXID": f"SPDXRef-{identity}", "name": name, "versionInfo": release,
                "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
                "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION", **more}

    listed = [package("image", f"{NAME} (image)", version, primaryPackagePurpose="CONTAINER",
                      licenseDeclared="NOASSERTION",
                      checksums=[{"algorithm": "SHA256", "checksumValue": image_digest.split(":")[1]}]),
              package("program", NAME, version, primaryPackagePurpose="APPLICATION",
                      licenseDeclared="Apache-2.0")]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image"),
                 ("SPDXRef-image", "CONTAINS", "SPDXRef-program")]
    extracted = {}
    for item in packages:
        declared, text = licence_of(item["source"], item["copyright"].decode(errors="replace"))
        if text:
            extracted[text["licenseId"]] = text
        identity = "deb-" + re.sub(r"[^A-Za-z0-9.-]", "-", item["name"])
        more = {"homepage": item["homepage"]} if item["homepage"] else {}
        locator = (f"pkg:deb/debian/{item['name'].replace('+', '%2B')}@"
                   f"{item['version'].replace(':', '%3A').replace('+', '%2B')}?arch={item['architecture']}")
        listed.append(package(
            identity, item["name"], item["version"], licenseDeclared=declared,
            primaryPackagePurpose="LIBRARY", supplier="Organization: Debian",
            sourceInfo=f"built from {item['source']} {item['source_version']}",
            externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                           "referenceLocator": locator}], **more))
        relations.append(("SPDXRef-image", "CONTAINS", f"SPDXRef-{identity}"))
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{NAME}-{version}",
            "documentNamespace": f"https://spdx.org/spdxdocs/{NAME}-{version}-{image_digest.split(':')[1]}",
            "creationInfo": {"created": stamp(epoch), "creators": [f"Tool: {NAME}-tools-image"]},
            "packages": listed, "hasExtractedLicensingInfos": [extracted[name] for name in sorted(extracted)],
            "relationships": [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
                              for a, kind, b in relations]}


def stamp(epoch):
    return datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def newest(options, names):
    """({package: .deb}, the root that they were unpacked into) of the packages that the archives have at a newer
    version than this machine; ({}, None) if there are none, or none are asked for."""
    archive = Archive(options.archive)
    if options.libraries == "installed":
        return {}, None
    if not archive.refresh():
        raise SystemExit("tools/image: Debian's archives cannot be asked whether these libraries are the newest; "
                         "--libraries installed takes what this machine has")
    newer = archive.newer(names)
    for name, version in newer.items():
        say(f"{name}: {version} is taken from the archive, this machine has {installed(name)}")
    return archive.fetch(newer) if newer else ({}, None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--libraries", choices=["newest", "installed"], default="newest")
    parser.add_argument("--archive", type=Path, required=True, help="where lists and packages are kept")
    options = parser.parse_args()
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    architecture = output_of("dpkg", "--print-architecture").strip()

    libraries = linked_files(options.program)
    names = packages_of([*libraries, "/usr/sbin/update-ca-certificates"])
    debs, root = newest(options, names)
    if root:
        libraries = linked_files(options.program, root)
        names = packages_of([*libraries, "/usr/sbin/update-ca-certificates"])
    packages = [described_by(debs[name], root) if name in debs else describe(name) for name in names]
    files = files_of_image(options.program, packages, libraries, root)
    archive = layer_of(files, epoch)
    layer = gzip.compress(archive, 9, mtime=0)
    labels = {"org.opencontainers.image.title": NAME, "org.opencontainers.image.version": options.version,
              "org.opencontainers.image.licenses": "Apache-2.0",
              "org.opencontainers.image.description":
                  "Keeps registry credentials of Alibaba Cloud Container Registry fresh in a cluster"}
    config = canonical({
        "architecture": architecture, "os": "linux", "created": stamp(epoch),
        "config": {"User": f"{USER}:{USER}", "Entrypoint": [f"/usr/bin/{NAME}"], "Cmd": ["run"],
                   "WorkingDir": "/", "Labels": labels, "Env": ["PATH=/usr/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(archive)]},
        "history": [{"created": stamp(epoch), "created_by": "tools/image"}]})
    manifest = canonical({
        "schemaVersion": 2, "mediaType": MANIFEST, "annotations": labels,
        "config": {"mediaType": CONFIG, "digest": digest_of(config), "size": len(config)},
        "layers": [{"mediaType": LAYER, "digest": digest_of(layer), "size": len(layer)}]})
    index = canonical({
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [{"mediaType": MANIFEST, "digest": digest_of(manifest), "size": len(manifest),
                       "platform": {"architecture": architecture, "os": "linux"},
                       "annotations": {"org.opencontainers.image.ref.name": options.version}}]})

    layout = {"oci-layout": canonical({"imageLayoutVersion": "1.0.0"}), "index.json": index}
    for blob in (config, manifest, layer):
        layout["blobs/sha256/" + digest_of(blob).split(":")[1]] = blob
    target = options.output / "oci"
    subprocess.run(["rm", "-rf", str(target)], check=True)
    for path, content in layout.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    whole = layer_of({path: (0o644, content) for path, content in layout.items()}, epoch)
    (options.output / f"{NAME}.oci.tar").write_bytes(whole)
    document = json.dumps(sbom(digest_of(manifest), options.version, packages, epoch), indent=1)
    (options.output / "sbom.spdx.json").write_text(document + "\n")
    print(json.dumps({"digest": digest_of(manifest), "layout": str(target), "layer_bytes": len(layer),
                      "unpacked_bytes": len(archive), "packages": len(packages),
                      "program_bytes": len(files[f"usr/bin/{NAME}"][1])}))


if __name__ == "__main__":
    main()
