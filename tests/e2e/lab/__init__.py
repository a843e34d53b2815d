"""The laboratory of the end-to-end tests and of the demo: a real API server, a simulated Alibaba
Cloud, a real registry and the real helper, each started and stopped in one line."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / "build" / os.environ.get("ACR_BUILD", "release") / "tools"  # of a preset
