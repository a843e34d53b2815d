"""Scenario files, as the fault lab in virtual time reads them (tools/faultlab/README.md)."""

import re
from dataclasses import dataclass, field

import yaml

SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
VIRTUAL_ONLY = {
    "cloud": {"unresolvable", "untrusted", "clock-ahead", "date", "expiry", "no-endpoints"},
    "api": {"unresolvable", "untrusted"},
    "helper": {"sleep", "clock", "actor-dies", "vanishes", "overlap", "stall"},
    "rival": {"relist", "rewrite", "delete"},
    "webhook": {"unreachable"},
    "do": {"overwrite-bundle"},
}
# What the lab's own network does to single exchanges; a proxy for TCP sees connections.
EXCHANGES = {"lost-requests", "lost-answers", "truncation", "duplication", "busy", "silent-streams", "torn-streams"}
WORLDS_VIRTUAL_ONLY = ("webhook", "limits")
PLACES = ("cloud", "api", "helper", "webhook", "do", "rival")


class NotLive(ValueError):
    """What only virtual time can do."""


def span(text):
    """"1h30m" in seconds."""
    parts = re.findall(r"(\d+)(ms|[dhms])", str(text))
    if not parts or "".join(number + unit for number, unit in parts) != str(text):
        raise ValueError(f"{text!r} is not a span such as 1h30m, 90s or 250ms")
    return sum(int(number) * SECONDS[unit] for number, unit in parts)


@dataclass
class Happening:
    at: float
    lasts: float
    where: str
    how: str
    more: dict = field(default_factory=dict)

    def __str__(self):
        details = "".join(f", {key} {value}" for key, value in self.more.items())
        return f"{self.where}: {self.how}{details}"


@dataclass
class Scenario:
    name: str
    lasts: float
    world: dict
    timeline: list
    live: dict


def refuse_what_only_virtual_time_has(about):
    """Raises NotLive, naming everything of that kind."""
    found = [str(item) for item in about.timeline if item.how in VIRTUAL_ONLY.get(item.where, ())
             or (item.where in ("cloud", "api") and item.how in EXCHANGES)]
    found += [f"world: {key}" for key in WORLDS_VIRTUAL_ONLY if about.world.get(key)]
    if found:
        raise NotLive("only virtual time has this: " + "; ".join(found))


def event(item, pace):
    item = dict(item)
    at, lasts = span(item.pop("at")) / pace, span(item.pop("for", "0s")) / pace
    where = next((place for place in PLACES if place in item), None)
    if where is None:
        raise ValueError(f"something happens at {at} s, but neither to {', '.join(PLACES)}")
    return Happening(at, lasts, where, item.pop(where), item)


def load(path, pace=1.0):
    """All times are divided by `pace`, also the life of passwords."""
    text = yaml.safe_load(path.read_text())
    world = {"instances": 2, "namespaces": 3, "identity": "key", "scope": "all", "accounts": "default",
             "threshold": "15m", "password": "1h"} | text.get("world", {})
    for key in ("threshold", "password"):
        world[key] = max(1.0, span(world[key]) / pace)
    return Scenario(text["name"], span(text.get("lasts", "4h")) / pace, world,
                    sorted((event(item, pace) for item in text.get("timeline", [])), key=lambda one: one.at),
                    text.get("live", {}))
