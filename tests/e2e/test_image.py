"""The container image: what is in it, that it is the same every time, and that it serves a cluster."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from lab import ROOT
from lab.container import Container, build_image, call_image, unpack
from lab.objects import auths
from lab.world import ONE, REGION, domains_of, rrsa_entry

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    return folder, build_image(folder)


def layout(image):
    folder = image[0] / "oci"

    def blob(digest):
        return (folder / "blobs/sha256" / digest.split(":")[1]).read_bytes()
    manifest = json.loads(blob(image[1]["digest"]))
    config = json.loads(blob(manifest["config"]["digest"]))
    layer = gzip.decompress(blob(manifest["layers"][0]["digest"]))
    return manifest, config, tarfile.open(fileobj=io.BytesIO(layer))


def os_release():
    """Of what the image is built on."""
    return dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)


def plain(package):
    """The name of a package as before Debian 13, which marks those with a 64-bit time_t."""
    return package.removesuffix("t64")


def test_the_same_inputs_give_the_same_digest_and_another_time_another(image, tmp_path):
    assert build_image(tmp_path / "again")["digest"] == image[1]["digest"]
    archive = "acr-credential-helper.oci.tar"
    assert (tmp_path / "again" / archive).read_bytes() == (image[0] / archive).read_bytes()
    assert ((tmp_path / "again/sbom.spdx.json").read_text()
            == (image[0] / "sbom.spdx.json").read_text())
    assert build_image(tmp_path / "later", 1700000001)["digest"] != image[1]["digest"]


def test_it_is_small(image):
    # g++ 14 of Debian 13 makes a bigger program than g++ 12.
    program, unpacked = (7.5, 38) if os_release().get("VERSION_CODENAME") == "trixie" else (6, 31.5)
    assert image[1]["program_bytes"] < program * MIB
    # 26 MB are Debian's libraries. 30 MiB were the goal, until the webhook and the hardening of the compiler came.
    assert image[1]["unpacked_bytes"] < unpacked * MIB


def test_it_holds_no_shell_and_nothing_that_can_gain_rights(image):
    _, config, archive = layout(image)
    names = archive.getnames()
    programs = [name for name in names if "/bin/" in f"/{name}" and archive.getmember(name).isfile()]
    assert programs == ["usr/bin/acr-credential-helper"]
    assert not any(member.mode & 0o6000 for member in archive.getmembers())
    assert not any(member.mode & 0o022 for member in archive.getmembers() if member.isfile())
    assert config["config"]["User"] == "65532:65532"
    assert "etc/ssl/certs/ca-certificates.crt" in names


def test_the_bill_of_materials_names_a_package_for_every_library(image):
    _, _, archive = layout(image)
    document = json.loads((image[0] / "sbom.spdx.json").read_text())
    assert document["spdxVersion"] == "SPDX-2.3"
    named = {package["name"] for package in document["packages"]}
    assert {"libc6", "libssl3", "libcurl4", "ca-certificates"} <= {plain(name) for name in named}
    assert any(name.startswith("libcaf-core") for name in named)
    recorded = {name.rsplit("/", 1)[1] for name in archive.getnames()
                if name.startswith("var/lib/dpkg/status.d/")}
    assert recorded <= named
    elements = {package["SPDXID"] for package in document["packages"]} | {"SPDXRef-DOCUMENT"}
    for relation in document["relationships"]:
        assert {relation["spdxElementId"], relation["relatedSpdxElement"]} <= elements


def test_the_bill_of_materials_names_the_licence_of_every_package(image):
    document = json.loads((image[0] / "sbom.spdx.json").read_text())
    told = {item["licenseId"]: item["extractedText"] for item in document["hasExtractedLicensingInfos"]}
    declared = {plain(item["name"]): item["licenseDeclared"] for item in document["packages"][1:]}
    assert declared["libssl3"] == "Apache-2.0" and declared["libcurl4"] == "curl"
    for name, licence in declared.items():
        assert licence != "NOASSERTION", name
        if licence.startswith("LicenseRef-"):
            assert len(told[licence]) > 1000, name


def test_its_libraries_are_the_newest_that_the_archives_have(tmp_path):
    """Whatever the machine has that it was built on."""
    built = call_image(tmp_path, "newest")
    if "archives cannot be asked" in built.stderr:
        pytest.skip("Debian's archives cannot be reached from here")
    assert built.returncode == 0, built.stderr
    document = json.loads((tmp_path / "sbom.spdx.json").read_text())
    debian = {item["name"]: item["versionInfo"] for item in document["packages"][2:]}
    offered = subprocess.run(["apt-cache", "-o", f"Dir::State::lists={ROOT}/build/packages/lists/", "-o",
                              f"Dir::Cache={ROOT}/build/packages/cache/", "madison", *debian],
                             check=True, capture_output=True, text=True).stdout
    seen = set()
    for line in offered.splitlines():
        name, version, _ = (part.strip() for part in line.split("|"))
        seen.add(name)
        assert subprocess.run(["dpkg", "--compare-versions", debian[name], "ge", version], check=False).returncode == 0, (
            f"{name} {debian[name]} is in the image, and {version} in the archive")
    assert seen == set(debian)
    program = tmp_path / "bundle"
    unpack(json.loads(built.stdout)["layout"], "0.1.0", program)
    runs = subprocess.run(["chroot", program / "rootfs", "/usr/bin/acr-credential-helper", "--version"], check=False,
                          capture_output=True, text=True)
    assert runs.returncode == 0, runs.stderr


def test_the_archive_for_security_is_asked_where_the_machine_does_not(tmp_path):
    """As on one that debootstrap has just made."""
    release = os_release()
    if release["ID"] != "debian":
        pytest.skip("this is not Debian")
    (tmp_path / "sources.list").write_text(f"deb http://deb.debian.org/debian {release['VERSION_CODENAME']} main\n")
    (tmp_path / "apt.conf").write_text(f'Dir::Etc::sourcelist "{tmp_path}/sources.list";\nDir::Etc::sourceparts "/dev/null";\n')
    asked = ("import sys; from archive import Archive; made = Archive(__import__('pathlib').Path(sys.argv[1]));"
             "print(made.run('apt-get', *made.options, 'indextargets', '--no-release-info', '--format', '$(RELEASE)').stdout)")
    answer = subprocess.run([sys.executable, "-c", asked, tmp_path / "kept"], check=True, capture_output=True, text=True,
                            cwd=ROOT / "tools/lib", env={**os.environ, "APT_CONFIG": str(tmp_path / "apt.conf")})
    assert f"{release['VERSION_CODENAME']}-security" in answer.stdout.split(), answer


def test_other_tools_read_it(image, tmp_path):
    archive = f"oci-archive:{image[0] / 'acr-credential-helper.oci.tar'}"
    read = subprocess.run(["skopeo", "--insecure-policy", "copy", archive, f"dir:{tmp_path / 'copy'}"],
                          check=False, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr


def test_a_container_of_it_serves_a_cluster_with_nothing_but_its_account(laboratory, lab, image, tmp_path):
    """In-cluster configuration, RRSA through the API server: no key, no kubeconfig, no mounted RRSA token."""
    namespace = lab.namespace(stem="image")
    lab.configure([rrsa_entry(ONE)], watch_namespace=namespace, rrsa="enable: true")
    bundle = tmp_path / "bundle"
    unpack(image[1]["layout"], "0.1.0", bundle)
    cloud = lab.cloud.report
    container = Container("acr-image-test", tmp_path / "run", bundle, lab.cluster,
                          mounts=[(cloud["ca"], "/etc/cloud-ca.pem")],
                          arguments=["--region", REGION, "--sts-endpoint", cloud["https"], "--cr-endpoint",
                                     cloud["https"], "--metadata-endpoint", cloud["http"],
                                     "--ca-file", "/etc/cloud-ca.pem"])
    try:
        assert container.process_config["user"]["uid"] == 65532
        container.wait_served(namespace)
        secret = lab.wait_secret(namespace, domains_of("one"))
        lab.wait_linked(namespace)
        assert set(auths(secret)) == set(domains_of("one"))
        assert container.stop() == 0
    finally:
        container.remove()
