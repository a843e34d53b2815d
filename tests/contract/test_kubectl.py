"""What people do with kubectl, on both control planes."""

import itertools
import json
import os
import subprocess

import pytest
from lab import ROOT
from lab.objects import create_namespace

PROGRAM = ROOT / "build/tools/kubectl"
NUMBERS = itertools.count(1)


@pytest.fixture
def kubectl(cluster, kube, tmp_path):
    """kubectl("get", "cm", document=...) -> what it prints, in a namespace of its own."""
    namespace = create_namespace(kube, f"kubectl-{next(NUMBERS)}")

    def run(*arguments, document=None, code=0):
        done = subprocess.run([PROGRAM, "--kubeconfig", cluster.folder / "admin.kubeconfig", "-n", namespace, *arguments],
                              input=document and json.dumps(document), capture_output=True, text=True, timeout=30,
                              env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]}, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr
    run.namespace = namespace
    return run


def config_map(**data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data}


def test_apply_and_what_follows(kubectl):
    assert kubectl("apply", "-f", "-", document=config_map(a="1", b="1")) == "configmap/x created\n"
    assert kubectl("apply", "-f", "-", document=config_map(a="2")) == "configmap/x configured\n"
    assert kubectl("apply", "-f", "-", document=config_map(a="2")) == "configmap/x unchanged\n"
    assert json.loads(kubectl("get", "cm", "x", "-o", "jsonpath={.data}")) == {"a": "2"}
    assert kubectl("label", "cm", "x", "l=1") == "configmap/x labeled\n"
    assert kubectl("annotate", "cm", "x", "n=1") == "configmap/x annotated\n"
    assert kubectl("patch", "cm", "x", "-p", '{"data":{"c":"3"}}') == "configmap/x patched\n"
    kubectl("wait", "--for=jsonpath={.data.c}=3", "cm/x", "--timeout=10s")
    assert kubectl("get", "cm", "-l", "l=1", "--no-headers").split()[:2] == ["x", "2"]
    assert 'configmap "x" deleted' in kubectl("delete", "cm", "x")
    assert "(NotFound)" in kubectl("get", "cm", "x", code=1)


def test_server_side_apply_names_the_conflict(kubectl):
    kubectl("apply", "--server-side", "--field-manager=one", "-f", "-", document=config_map(a="1"))
    told = kubectl("apply", "--server-side", "--field-manager=two", "-f", "-", document=config_map(a="2"), code=1)
    assert 'conflict with "one": .data.a' in told
    kubectl("apply", "--server-side", "--field-manager=two", "--force-conflicts", "-f", "-", document=config_map(a="2"))


def test_tables_and_descriptions(kubectl):
    kubectl("create", "-f", "-", document={"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
                                           "stringData": {"k": "text"}})
    head, row = kubectl("get", "secrets").splitlines()
    assert head.split() == ["NAME", "TYPE", "DATA", "AGE"] and row.split()[:3] == ["s", "Opaque", "1"]
    assert "k:  4 bytes" in kubectl("describe", "secret", "s")
    assert kubectl("get", "sa", "--no-headers").split()[0] == "default"
    assert "secrets" in kubectl("api-resources", "--api-group=", "-o", "name").split()


def test_a_mistyped_field_is_refused(kubectl):
    assert 'unknown field "dta"' in kubectl("apply", "-f", "-", document=config_map(a="1") | {"dta": {}}, code=1)


def test_a_namespace_goes(kubectl):
    kubectl("delete", "namespace", kubectl.namespace, "--timeout=25s")
