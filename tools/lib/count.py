"""Prints how many tests of a stage passed, failed and were skipped.

usage: count.py STAGE RESULTS   (RESULTS: the folder of logs and JUnit files, see tools/test)
"""

import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

# Boost.Test, report level "short", one program.
BOOST_PASSED = re.compile(r"(\d+) test cases? out of \d+ passed")
BOOST_FAILED = re.compile(r"(\d+) test cases? out of \d+ failed")
BOOST_SKIPPED = re.compile(r"(\d+) test cases? out of \d+ skipped")
GO = re.compile(r"^--- (PASS|FAIL|SKIP): ", re.MULTILINE)
TOTAL = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")


def number(pattern, text):
    return sum(int(match) for match in pattern.findall(text))


def ctest(path):
    """One test of ctest is a program with many cases; a program that died is one failure."""
    passed = failed = skipped = 0
    for case in xml.parse(path).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        passed += number(BOOST_PASSED, output)
        skipped += number(BOOST_SKIPPED, output)
        if case.get("status") == "run":
            passed += 0 if BOOST_PASSED.search(output) else 1
        else:
            failed += max(1, number(BOOST_FAILED, output))
    return passed, failed, skipped


def pytest(path):
    passed = failed = skipped = 0
    for suite in xml.parse(path).getroot().iter("testsuite"):
        bad = int(suite.get("failures")) + int(suite.get("errors"))
        failed += bad
        skipped += int(suite.get("skipped"))
        passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    return passed, failed, skipped


def go(path):
    verdicts = GO.findall(path.read_text(errors="replace"))
    return verdicts.count("PASS"), verdicts.count("FAIL"), verdicts.count("SKIP")


def last_total(path):
    """The last line that reads "N passed, N failed"."""
    found = TOTAL.findall(path.read_text(errors="replace"))
    return tuple(int(text or 0) for text in found[-1]) if found else (0, 0, 0)


def main():
    stage, results = sys.argv[1], Path(sys.argv[2])
    how, name = {
        "unit": (ctest, "release-unit.xml"),
        "sanitizers": (ctest, "*san-unit.xml"),
        "e2e": (pytest, "e2e.xml"),
        "older": (pytest, "older.xml"),
        "kubelet": (pytest, "kubelet.xml"),
        "contract": (pytest, "contract.xml"),
        "testcluster": (go, "testcluster.log"),
    }.get(stage, (last_total, f"{stage}.log"))
    print(*map(sum, zip((0, 0, 0), *map(how, sorted(results.glob(name))))))


if __name__ == "__main__":
    main()
