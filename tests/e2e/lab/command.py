"""What a command of an operator printed."""

import re

PROGRESS = re.compile(r"acr-credential-helper: .*, \d+ s")


def complaints(done):
    """Lines of standard error, without those that only tell how far it is."""
    return [line for line in done.stderr.splitlines() if not PROGRESS.fullmatch(line)]


def without_cluster(done):
    """Standard output of `cleanup`, without its first line, which names the cluster."""
    first, _, rest = done.stdout.partition("\n")
    assert first.startswith("cluster https://"), done
    return rest
