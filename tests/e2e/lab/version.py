"""Which Kubernetes the tests run on, and what it has. ACR_KUBERNETES=1.34: that of tools/testcluster/go-1.34.mod."""

import os

from . import ROOT

CHOSEN = os.environ.get("ACR_KUBERNETES", "")  # empty: the newest
PROGRAM = ROOT / "build/tools" / ("testcluster" + (f"-{CHOSEN}" if CHOSEN else ""))

_GROUP = "/apis/admissionregistration.k8s.io"
STABLE = f"{_GROUP}/v1"
# The API of MutatingAdmissionPolicies; empty: there is none.
MUTATING = {"": STABLE, "1.34": f"{_GROUP}/v1beta1"}.get(CHOSEN, "")
# Of `policy`, to print what that API takes.
POLICY_ARGUMENTS = ["--beta"] if MUTATING.endswith("beta1") else []
# Of testcluster: betas are off.
CLUSTER_ARGUMENTS = ["--apiserver-flag=--feature-gates=MutatingAdmissionPolicy=true",
                     "--apiserver-flag=--runtime-config=admissionregistration.k8s.io/v1beta1=true",
                     ] if POLICY_ARGUMENTS else []
