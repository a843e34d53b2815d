"""Completion, and the program as a plugin of kubectl."""

import os
import re
import subprocess

import pytest

from lab import ROOT
from lab.helper import PROGRAM


def run(*words, program=PROGRAM, **options):
    return subprocess.run([program, *words], check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=30, **options)


def commands():
    """Subcommand -> its options, as the help tells them."""
    names = re.findall(r"^  ([a-z]+) {2,}", run("--help").stdout.split("Subcommands:")[1].split("Environment:")[0], re.M)
    return {name: set(re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", run(name, "--help").stdout, re.M))
            for name in names}


def zsh_knows(script, command):
    """What its part for one command holds."""
    return set(re.findall(r"'(--[a-z-]+)\[", re.search(rf"^ +{command}\) _arguments(.*?);;$", script, re.M | re.S)[1]))


def test_the_manual_page_names_every_command_and_option_and_is_clean():
    page = run("man").stdout
    read = subprocess.run(["man", "--warnings", "-l", "-"], input=page, check=False, capture_output=True, text=True,
                          timeout=30, env={**os.environ, "MANWIDTH": "120", "LC_ALL": "C.UTF-8"})
    assert (read.returncode, read.stderr) == (0, "")
    shown = re.sub(".\b", "", read.stdout)
    for command, options in commands().items():
        part = re.search(rf"^{command}\n(.*?)(?=^\S|\Z)", shown, re.M | re.S)
        assert part, command
        assert options <= set(re.findall(r"--[a-z-]+", part[1])), command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_completed(shell, tmp_path):
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    script = tmp_path / "script"
    script.write_text(done.stdout)
    checked = run("-n", script, program=shell)
    assert checked.returncode == 0, checked.stderr
    known = commands()
    assert len(known) > 7 and "--kubeconfig" in known["run"]

    def offered(*words):
        if shell == "bash":
            return set(completed(*words))
        line = " ".join(("acr-credential-helper", *words))
        told = run("-c", f"source {script}; complete -C '{line}'", program="fish").stdout
        return {row.split("\t")[0] for row in told.splitlines()}
    names = set(re.findall(r"^ +'([a-z]+):", done.stdout, re.M)) if shell == "zsh" else offered("")
    assert set(known) <= names
    for command, options in known.items():
        assert options == {word for word in (zsh_knows(done.stdout, command) if shell == "zsh" else offered(command, "--"))
                           if word.startswith("--")}, command


def completed(*words):
    """What bash offers for the last word."""
    script = run("completion", "bash").stdout
    line = " ".join(f"'{word}'" for word in ("acr-credential-helper", *words))
    done = run("-c", f'{script}\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words)}\n'
               '_acr_credential_helper\nprintf "%s\\n" "${COMPREPLY[@]}"', program="bash")
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes():
    assert completed("ch") == ["check"]
    assert completed("run", "--kube") == ["--kubeconfig"]
    assert "--dry-run" in completed("cleanup", "-") and "--strict" not in completed("cleanup", "-")
    assert completed("run", "--kubeconfig", "x") == []  # a file: bash itself knows


def test_an_unknown_shell_is_refused():
    done = run("completion", "tcsh")
    assert done.returncode == 2 and "bash" in done.stderr


def test_it_is_a_plugin_of_kubectl(tmp_path):
    (tmp_path / "kubectl-acr").symlink_to(PROGRAM)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    told = run("acr", "why", "--help", program=ROOT / "build/tools/kubectl", env=environment)
    assert told.returncode == 0 and "kubectl acr why" in told.stdout, told
    wrong = run("acr", "check", program=ROOT / "build/tools/kubectl", env=environment)
    assert wrong.returncode == 2, wrong
