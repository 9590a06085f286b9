# SPDX-License-Identifier: Apache-2.0
"""The trace viewer: a bit chosen by keys is told of everywhere, fields and packets are found, packets
are copied, the field is highlighted, two traces are compared, the caption is an edit that undo takes
back, and Wireshark (one of ours) gets a capture of all packets.

Arguments: the workbench, the source root.
"""

import glob
import json
import os
import re
import time

from at import STATE, Atspi, Workbench, fail, place, point, press, set_text, step, text_of, wait

WEB = "none_web_http2_00003"
OTHER = "none_web_http2_00004"


def check_open(window):
    image = window.get("image", "Picture of the trace", 60)
    window.get("label", "1024 packets · layout torchlight")
    window.get("label", "Point at a bit to read it")
    wait("the panes in their places", lambda: is_settled(image))
    return image


def is_settled(node):
    before = place(node)
    time.sleep(0.5)
    return before == place(node)


def told(image):
    """Packet and text of what the picture tells of; (0, "") when it tells of none."""
    found = re.match(r"Packet (\d+) · (.*)", image.get_description() or "")
    return (int(found[1]), found[2]) if found else (0, "")


def check_choose(window, image):
    """A click chooses a bit, Shift and an arrow the next: readout, list and tree tell of it."""
    point(image, 0.45, 0.5)
    packet = wait("a chosen bit", lambda: told(image)[0])
    window.get("label", f"Packet {packet} · ")
    press("Down", shift=True)
    wait("the next packet", lambda: told(image)[0] == packet + 1)
    for label in ("IPv4", "TTL", "Checksum"):
        window.get("label", label)


def check_find(window):
    press("f", control=True)
    entry = window.get("entry", "Find")
    set_text(entry, "tcp_syn=1 and tcp_ackf=0")
    window.get("label", "14 matches")
    window.click("push button", "Next match")
    window.get("label", "1 of 14")
    window.get("label", "Packet 6 · TCP SYN = 1")
    window.get("label", "33228 (0x81cc)")
    set_text(entry, "tll=3")
    window.get("label", "is not the name of one field")
    set_text(entry, "ttl")
    window.click("push button", "Next match")
    window.get("label", "Packet 6 · IPv4 TTL = 63")
    press("Escape")


def check_highlight(window):
    name = "Highlight the chosen field in all packets"
    button = window.get("push button", name)
    for on in (True, False):
        window.click("push button", name)
        wait(f"the highlight to be {on}", lambda: on == is_pressed(button))


def is_pressed(button):
    states = button.get_state_set()
    return states.contains(STATE.PRESSED) or states.contains(STATE.CHECKED)


def click_menu(window, name):
    """The button inside of what GTK calls a menu button."""
    outer = window.get("push button", name)
    Atspi.Action.do_action(outer.get_child_at_index(0), 0) or fail(f"“{name}” did not open")


def check_copy(window, image):
    point(image, 0.45, 0.4)
    press("c", control=True)
    window.get("label", "1 packet copied")


def check_compare(window):
    click_menu(window, "Compare with another trace")
    search = window.get("entry", "Search traces to compare with")
    set_text(search, OTHER)
    wait("one trace to compare with", lambda: n_rows(window) == 1)
    press("Return")
    window.get("push button", "Side by Side")
    window.get("label", OTHER)
    window.click("push button", "Difference")
    window.get("label", "bits differ, in 1024 packets")
    window.click("push button", "Blink")
    window.click("push button", "End the comparison")
    wait("the end of the comparison", lambda: not window.find("push button", "End the comparison"))


def n_rows(window):
    found = window.find("list", "Traces to compare with")
    return found.get_child_count() if found else -1


def caption_in(project):
    with open(project, encoding="utf-8") as file:
        traces = json.load(file)["traces"]
    return next(trace.get("caption", "") for trace in traces if trace["name"].startswith(WEB))


def check_caption(bench):
    window = bench.window
    (project,) = glob.glob(os.path.join(bench.projects, "*", "project.json"))
    entry = window.get("text", "Caption")
    before = text_of(entry)
    set_text(entry, "a test of the viewer")
    wait("the caption in the project", lambda: caption_in(project) == "a test of the viewer")
    window.click("push button", "Undo: Change Caption")
    wait("the caption as it was", lambda: text_of(entry) == before)


def check_wireshark(bench, got):
    click_menu(bench.window, "Copy, save, and more")
    bench.window.click("menu item", "Open in Wireshark")
    wait("the capture", lambda: os.path.exists(got))
    with open(got, "rb") as file:
        file.read(4) == b"\x0a\x0d\x0d\x0a" or fail("that is no pcapng")


def make_wireshark(folder):
    """A program of that name that keeps what it is given."""
    os.makedirs(folder)
    path = os.path.join(folder, "wireshark")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\ncp "$1" {folder}/part && mv {folder}/part {folder}/got\n')
    os.chmod(path, 0o755)
    os.environ["PATH"] = folder + os.pathsep + os.environ["PATH"]
    return os.path.join(folder, "got")


def main():
    bench = Workbench()
    bench.arguments = [os.path.join(bench.samples, name + ".pcap") for name in (WEB, OTHER)]
    got = make_wireshark(os.path.join(bench.folder, "bin"))
    with bench:
        window = bench.window
        image = step("open", check_open, window)
        step("choose", check_choose, window, image)
        step("find", check_find, window)
        step("highlight", check_highlight, window)
        step("copy", check_copy, window, image)
        step("compare", check_compare, window)
        step("caption", check_caption, bench)
        step("wireshark", check_wireshark, bench, got)
        step("close", bench.close)


if __name__ == "__main__":
    main()
