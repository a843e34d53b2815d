"""Debian packages at the newest version that the distribution's archives have (for tools/image)."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

FRESH_S = 3600
SECURITY = "http://deb.debian.org/debian-security"


def say(text):
    print(f"tools/image: {text}", file=sys.stderr)


class Archive:
    """apt with lists of its own, so that it needs no root; `folder` keeps them and what was fetched."""

    def __init__(self, folder):
        self.folder = folder.resolve()
        lists = self.folder / "lists"
        self.options = ["-o", f"Dir::State::lists={lists}/", "-o", f"Dir::Cache={self.folder}/cache/",
                        "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="]
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        self.add_security()

    def add_security(self):
        """A machine that debootstrap made has no archive for security among its sources: what is missing there would
        pass for the newest."""
        releases = self.run("apt-get", *self.options, "indextargets", "--no-release-info", "--format",
                            "$(RELEASE)").stdout.split()
        codename = release_of(Path("/etc/os-release").read_text())
        if not codename or any(name in (f"{codename}-security", f"{codename}/updates") for name in releases):
            return
        say(f"the archive for security is not among apt's sources here: {SECURITY} is asked, too")
        sources = Path("/etc/apt/sources.list")
        mine = self.folder / "sources.list"
        mine.write_text((sources.read_text() if sources.is_file() else "") + f"\ndeb {SECURITY} {codename}-security main\n")
        self.options += ["-o", f"Dir::Etc::sourcelist={mine}"]

    def run(self, *command, **more):
        return subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C"}, **more)

    def refresh(self):
        """False: the archives cannot be asked."""
        stamp = self.folder / "refreshed"
        if stamp.exists() and time.time() - stamp.stat().st_mtime < FRESH_S:
            return True
        answer = self.run("apt-get", *self.options, "-o", "APT::Update::Error-Mode=any", "update", "-q")
        if answer.returncode != 0:
            say(answer.stderr.strip().splitlines()[-1] if answer.stderr.strip() else "apt-get update failed")
            return False
        stamp.touch()
        return True

    def newer(self, packages):
        """{package: version} of those that the archives have at a newer version than the machine."""
        answer = self.run("apt-cache", *self.options, "policy", *packages)
        known = dict(re.findall(r"^(\S+):\n  Installed: .*\n  Candidate: (\S+)$", answer.stdout, re.M))
        # Packages of the machine's own architecture are printed without it.
        known = {name: known.get(name, known.get(name.split(":")[0], "(none)")) for name in packages}
        absent = [name for name in packages if known[name] == "(none)"]
        if absent:
            raise SystemExit(f"tools/image: the archives do not know {', '.join(absent)}")
        # The candidate is never older than what is installed, unless somebody pins it: then that is meant.
        return {name: version for name, version in known.items() if version != installed(name)}

    def fetch(self, newer):
        """Downloads and unpacks them; {package: .deb}. They stand in one root, as if installed."""
        debs, root = self.folder / "debs", self.folder / "root"
        subprocess.run(["rm", "-rf", str(root)], check=True)
        debs.mkdir(exist_ok=True)
        root.mkdir()
        found = {}
        for name, version in sorted(newer.items()):
            plain = name.split(":")[0]
            pattern = f"{plain}_{version.replace(':', '%3a')}_*.deb"
            if not list(debs.glob(pattern)):
                answer = self.run("apt-get", *self.options, "download", "-q", f"{name}={version}", cwd=debs)
                if answer.returncode != 0:
                    raise SystemExit(f"tools/image: {name} {version} is in the archive, {installed(name)} is here, and it "
                                     f"cannot be fetched: {answer.stderr.strip()}")
            found[name] = next(debs.glob(pattern))
            subprocess.run(["dpkg-deb", "-x", str(found[name]), str(root)], check=True)
        return found, root


def release_of(text):
    """The codename of Debian in the text of os-release; empty: this is another system, whose archives are its own."""
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return fields.get("VERSION_CODENAME", "").strip('"') if fields.get("ID", "").strip('"') == "debian" else ""


def installed(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True, capture_output=True,
                          text=True).stdout


def in_root(root, path):
    """The file of an unpacked package that stands for `path`, before or after /usr was merged; None: there is none."""
    for name in (path, "/usr" + path, path.removeprefix("/usr")):
        file = Path(str(root) + name)
        if file.is_file():
            return file
    return None
