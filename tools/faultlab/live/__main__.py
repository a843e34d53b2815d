"""See tools/faultlab/live/run."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests/e2e"))

from .play import play, summary  # noqa: E402
from .scenario import NotLive, load  # noqa: E402


def main():
    arguments = argparse.ArgumentParser(prog="tools/faultlab/live/run", description="Scenarios in real time.")
    arguments.add_argument("FILE", nargs="+", type=Path)
    arguments.add_argument("--pace", type=float, default=1.0)
    arguments.add_argument("--cluster", choices=("kubesim", "real"), default="kubesim")
    arguments.add_argument("--keep", type=Path)
    wishes = arguments.parse_args()
    bad = 0
    for path in wishes.FILE:
        folder = wishes.keep / path.stem if wishes.keep else Path(tempfile.mkdtemp(prefix="live-"))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            about = load(path, wishes.pace)
            print(f"{about.name}: {about.lasts:.0f} s", flush=True)
            verdict = play(about, folder, wishes.cluster, lambda text: print(text, flush=True))
        except (NotLive, ValueError, OSError) as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            return 2
        finally:
            if not wishes.keep:
                shutil.rmtree(folder, ignore_errors=True)
        print(summary(about, verdict), flush=True)
        bad += bool(verdict.violations)
    print(f"{len(wishes.FILE) - bad} passed, {bad} failed")
    return bad != 0


sys.exit(main())
