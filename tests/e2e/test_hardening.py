"""What the compiler and the linker put into the program against the use of a mistake in memory."""

import platform
import re
import subprocess

import pytest

from lab.helper import PROGRAM


def readelf(*options):
    return subprocess.run(["readelf", "-W", *options, PROGRAM], check=True, capture_output=True,
                          text=True).stdout


def test_its_address_is_random():
    assert re.search(r"Type:\s+DYN", readelf("-h"))
    assert "PIE" in readelf("-d")


def test_its_tables_are_read_only_before_main_runs():
    dynamic = readelf("-d")
    assert "BIND_NOW" in dynamic or re.search(r"FLAGS_1\).*\bNOW\b", dynamic)
    assert "GNU_RELRO" in readelf("-l")


def test_its_stack_is_not_executable():
    stack = re.search(r"GNU_STACK.*", readelf("-l"))[0]
    assert " RWE " not in stack and " RW " in stack


def test_calls_are_checked_that_write_into_buffers_and_frames_are_guarded():
    symbols = readelf("--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert re.search(r"__\w+_chk\b", symbols.replace("__stack_chk_fail", ""))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no such protection there")
def test_functions_begin_with_a_landing_pad():
    # Not read off the notes: Debian's start-up objects have no landing pads, so the linker drops them.
    pad = {"x86_64": "endbr64", "aarch64": "bti|paciasp"}[platform.machine()]
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "-j", ".text", PROGRAM], check=True,
                          capture_output=True, text=True).stdout
    functions = len(re.findall(r"^[0-9a-f]+ <acr::|^[0-9a-f]+ <_ZN?K?3acr", code, re.MULTILINE))
    assert len(re.findall(rf"\t(?:{pad})\b", code)) > functions / 2 > 100
