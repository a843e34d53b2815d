"""The measurements; see tools/bench/run, which builds what they need."""

import argparse
import shutil
import signal
import tempfile
from pathlib import Path

import churn
import cold_start
import growth
import life
import memory
import webhook
from lab import ROOT


def end_on_termination(number, _frame):
    raise KeyboardInterrupt(f"signal {number}")


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/run")
    kinds = parser.add_subparsers(dest="kind", required=True)
    cold = kinds.add_parser("cold")
    cold.add_argument("--namespaces", type=positive, default=200)
    cold.add_argument("--rounds", type=positive, default=3)
    cold.add_argument("--in-flight", type=positive, default=24)
    cold.add_argument("--idle-seconds", type=int, default=60)
    cold.add_argument("--json", type=Path)
    alive = kinds.add_parser("life")
    alive.add_argument("--namespaces", type=positive, default=300)
    alive.add_argument("--new", type=positive, default=100)
    alive.add_argument("--cluster", choices=["real", "kubesim"], default="real")
    alive.add_argument("--no-renewal", dest="renewal", action="store_false")
    grows = kinds.add_parser("growth")
    grows.add_argument("--sizes", default="100,300,1000,3000,10000")
    grows.add_argument("--accounts", type=positive, default=1)
    grows.add_argument("--instances", type=positive, default=2)
    grows.add_argument("--plot", type=Path)
    turns = kinds.add_parser("churn")
    turns.add_argument("--namespaces", type=positive, default=200)
    turns.add_argument("--rate", type=positive, default=1000)
    turns.add_argument("--seconds", type=positive, default=20)
    turns.add_argument("--phases", type=positive, default=4)
    turns.add_argument("--cluster", choices=["real", "kubesim"], default="kubesim")
    states = kinds.add_parser("memory")
    states.add_argument("--namespaces", type=positive, default=2000)
    states.add_argument("--instances", type=positive, default=50)
    reviews = kinds.add_parser("webhook")
    reviews.add_argument("--namespaces", type=positive, default=200)
    reviews.add_argument("--rate", type=positive, default=1000)
    reviews.add_argument("--seconds", type=positive, default=20)
    reviews.add_argument("--connections", type=positive, default=8)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, end_on_termination)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "build"))
    try:
        {"cold": cold_start.Bench, "life": life.Life, "growth": growth.Growth,
         "churn": churn.Churn, "memory": memory.Memory,
         "webhook": webhook.Webhook}[options.kind](options, folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
