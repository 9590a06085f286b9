# SPDX-License-Identifier: Apache-2.0
"""The page Learn: from step to step by keys and buttons; the noise follows its slider; a drawing is
computed once and scrubbed."""

import os
import sys

from at import Workbench, fail, press, set_value, step, wait


def check_bits(window):
    """From the first page; the sample project is made by itself."""
    window.click("push button", "Take the Tour")
    window.get("label", "A Packet Is a Row of Bits")
    window.get("label", "IPv4 · TTL")
    bits = window.get("image", "Bits of the field")
    wait("eight bits", lambda: len(bits.get_description()) == 8)


def check_words(window):
    press("Next")  # Page Down
    window.get("label", "A Caption Says What Is Seen")
    window.click("push button", "wireguard")
    window.get("image", "wireguard, web, http2")


def check_noise(window):
    window.click("push button", "Next step")
    window.get("label", "ᾱ =", 60)
    picture = window.get("image", "Noise on the pixels")
    before = picture.get_description()
    set_value(window.get("slider", "Step t of the forward process"), 1000)
    window.get("label", "t = 1000")
    after = wait(
        "another picture",
        lambda: picture.get_description() != before and picture.get_description(),
    )
    after.startswith(("0 %", "5 %", "6 %", "7 %", "8 %", "9 %")) or fail(after)


def check_film(window):
    window.click("push button", "Step 4")
    window.get("label", "Noise, before the first step", 180)
    set_value(window.get("slider", "Step of the drawing"), 16)
    window.get("label", "Step 16 of 16")


def check_cached(bench):
    bench.kill()
    bench.start()
    bench.window.click("push button", "Take the Tour")
    bench.window.click("push button", "Step 4")
    bench.window.get("label", "Noise, before the first step", 10)


def main():
    with Workbench() as bench:
        step("bits", check_bits, bench.window)
        step("words", check_words, bench.window)
        step("noise", check_noise, bench.window)
        step("film", check_film, bench.window)
        step("cached", check_cached, bench)


if __name__ == "__main__":
    sys.exit(main())
