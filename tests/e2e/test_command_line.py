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


def test_it_can_be_installed(tmp_path):
    subprocess.run(["cmake", "--install", ROOT / "build/release", "--prefix", tmp_path], check=True, stdout=subprocess.DEVNULL)
    installed = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*") if path.is_file()}
    assert set(installed) == {
        "bin/acr-credential-helper", "share/doc/acr-credential-helper/LICENSE", "share/man/man8/acr-credential-helper.8",
        "share/bash-completion/completions/acr-credential-helper", "share/zsh/site-functions/_acr-credential-helper",
        "share/fish/vendor_completions.d/acr-credential-helper.fish"}
    assert run("version", program=installed["bin/acr-credential-helper"]).returncode == 0
    assert installed["share/man/man8/acr-credential-helper.8"].read_text() == run("man").stdout


def commands():
    """Subcommand -> its options, as the help tells them."""
    names = re.findall(r"^  ([a-z]+) {2,}", run("--help").stdout.split("Subcommands:")[1], re.M)
    return {name: set(re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", run(name, "--help").stdout, re.M))
            for name in names}


def test_every_command_tells_its_exit_codes_in_the_same_words():
    for name in commands():
        told = run(name, "--help").stdout.split("Exit codes")[1]
        assert re.search(r"(^|  )2  the command line is wrong$", told, re.M), name


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


def test_kubectl_completes_the_plugin(tmp_path):
    script = tmp_path / "kubectl_complete-acr"
    script.write_text(run("completion", "kubectl").stdout)
    script.chmod(0o755)
    (tmp_path / "kubectl-acr").symlink_to(PROGRAM)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}

    def offered(*words):
        done = run("__complete", "acr", *words, program=ROOT / "build/tools/kubectl", env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()
    assert offered("ch") == ["check", ":4"]
    assert offered("run", "--kube") == ["--kubeconfig", ":4"]
    assert set(commands()) < set(offered(""))
    assert offered("run", "--kubeconfig", "x") == [":0"]


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


@pytest.mark.parametrize(("line", "words"), [
    ("run --log-level loud", "--log-level: 'loud' must be one of debug, error, info, warning"),
    ("status -o xml", "--output: 'xml' must be one of json, text, yaml"),
    ("status -o jsno", "did you mean json?"),
    ("status -o 1", "--output: '1' must be one of"),
    ("convert --to addon x", "--to: 'addon' must be one of add-on, config-map, file; did you mean add-on?"),
    ("completion tcsh", "SHELL: 'tcsh' must be one of bash, fish, kubectl, zsh"),
    ("completion 0", "SHELL: '0' must be one of"),
    ("run --log-format 1", "--log-format: '1' must be one of json, text"),
    ("chekc x", "there is no command 'chekc'; did you mean check?"),
    ("frobnicate", "there is no command 'frobnicate': there are run, policy, check,"),
    ("stat", "did you mean status?"),
    ("--verison", "the program has no flag --verison; did you mean --version?"),
    ("", "a command is missing: one of run,"),
    ("status --adress x", "status has no flag --adress; did you mean --address?"),
    ("status --adress=x", "status has no flag --adress; did you mean --address?"),
    ("why a b", "why takes no further argument, but was given 'b'"),
    ("why", "WHERE is missing"),
    ("check", "FILE or --config-map is missing"),
    ("run --region", "--region needs a value"),
    ("run --region a --region b", "--region was given more than once"),
    ("renew --timeout 0", "--timeout: '0' must be a whole number from 1 to 3600"),
    ("renew --timeout x", "--timeout: 'x' must be a whole number from 1 to 3600"),
    ("run --config a --config-map b/c", "not both"),
    ("check --kubeconfig x", "--kubeconfig is of use only with --config-map"),
])
def test_what_is_wrong_with_a_command_line_is_said_in_plain_words(line, words):
    told = run(*line.split())
    assert (told.returncode, told.stdout) == (2, ""), told
    assert words in told.stderr and told.stderr.endswith("--help tells more\n"), told.stderr
    assert len(told.stderr.splitlines()) == 2
    assert all(sign.isprintable() or sign == "\n" for sign in told.stderr), told.stderr


def test_an_image_takes_one_word(tmp_path):
    told = run("why", "-i", "a.example/x", "-i", "b.example/x", "team-a", "--kubeconfig", tmp_path / "none")
    assert told.returncode == 1, told  # the cluster is what is missing, not WHERE


def test_help_says_of_each_file_that_every_spelling_is_read():
    for command in ("run", "doctor", "policy", "check"):
        told = " ".join(run(command, "--help").stdout.split())
        assert "a configuration in any spelling" in told and "its data" not in told, command


def test_help_and_version_are_found_where_people_look():
    assert run("help").stdout == run("--help").stdout
    assert run("help", "why").stdout == run("why", "--help").stdout
    assert run("version").stdout == run("--version").stdout


def test_each_command_tells_its_own_exit_codes_and_environment():
    for command in commands():
        told = run(command, "--help").stdout
        assert told.count("Exit codes") == 1, command
        assert ("stopped by SIGTERM" in told) == (command == "run"), command
        assert ("ALIBABA_CLOUD_ACCESS_KEY_ID" in told) == (command in ("run", "doctor")), command
        assert ("KUBECONFIG" in told.split("Exit codes")[0].partition("Environment:")[2]) == ("--kubeconfig" in told), command


@pytest.mark.parametrize("words", [
    ["--version"], ["--help"], ["run", "--help"], ["man"], ["completion", "bash"], ["policy"], ["policy", "--config", "FILE"],
    ["check", "FILE"], ["check", "FILE", "-o", "json"], ["convert", "FILE", "--to", "file"], ["doctor", "--config", "BAD"], ["doctor", "--config", "BAD", "-o", "yaml"],
], ids=" ".join)
def test_output_that_cannot_be_written_is_an_error(words, tmp_path):
    for name, text in (("FILE", "watch-namespace: all\n"), ("BAD", "]")):
        (tmp_path / name).write_text(text)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAM, *words], check=False, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30,
                              cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL)
    assert (done.returncode, "standard output cannot be written" in done.stderr) == (1, True), done
