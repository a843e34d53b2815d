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
def test_jumps_land_only_where_the_compiler_meant_them_to():
    # The linker keeps the property only if every object that it was given has it.
    wanted = {"x86_64": ("IBT", "SHSTK"), "aarch64": ("BTI", "PAC")}[platform.machine()]
    notes = readelf("-n")
    assert all(feature in notes for feature in wanted)
