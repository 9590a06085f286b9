# SPDX-License-Identifier: Apache-2.0
"""Repair, by hand: a damaged picture is opened, a rule switched off and back on with undo, a packet
left as drawn, the outcome exported, checked with tshark and kept in the project.

Arguments: the workbench, the source root.
"""

import json
import os
import random
import shutil
import subprocess
import tempfile
import time

from at import Window, Workbench, fail, press, set_text, step, wait, walk

ROWS = 120
WIDTH = 1088


def make_drawing(folder):
    """A picture with wrong bits and none of what a picture cannot hold, as a model would draw it."""
    torchlight = os.path.join(os.environ["TORCHLIGHT_BUILD_ROOT"], "app", "cli", "torchlight")
    source = os.environ["TORCHLIGHT_SOURCE_ROOT"]
    capture = os.path.join(source, "data", "samples", "none_web_http2_00003.pcap")
    rows, picture = os.path.join(folder, "drawn.npy"), os.path.join(folder, "drawn.png")
    run = lambda *command: subprocess.run([torchlight, *command], check=True, capture_output=True)
    run("encode", capture, "-n", str(ROWS), "-o", rows)
    with open(rows, "rb") as file:
        data = bytearray(file.read())
    choose = random.Random(7)
    for at in range(len(data) - ROWS * WIDTH, len(data)):
        if data[at] in (0, 1) and choose.random() < 0.01:
            data[at] = 1 - data[at]
    with open(rows, "wb") as file:
        file.write(data)
    run("encode", rows, "-o", picture)
    return picture


class Page(Window):
    """The page alone: there are thousands of nodes beside it."""

    def __init__(self, window):
        self.application = wait("the page", lambda: self.root(window), 60)

    @staticmethod
    def root(window):
        return next(
            (n for n in walk(window.application) if n.get_name() == "TorchlightRepairPage"), None
        )


def status(page):
    """The line below the picture."""
    node = page.find("label", " changed (")
    return node.get_name() if node else ""


def check_open(window):
    window.get("label", "drawn", 60)
    window.click("page tab", "Repair")
    page = Page(window)
    wait("the repair", lambda: status(page))
    page.get("label", f"All {ROWS} packets are legal", 10)
    return page


def project_record(bench):
    path = os.path.join(bench.projects, os.listdir(bench.projects)[0], "project.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)["traces"]


def check_rule(bench, page):
    page.is_checked("check box", "ipv4-checksum") or fail("the rule is not on")
    page.click("check box", "ipv4-checksum")
    label = page.get("label", "packets break it")
    n = int(label.get_name().split()[0])
    wait("less that is legal", lambda: f"{ROWS - n} of {ROWS} packets are legal" in status(page))
    wait(
        "the choice in the project",
        lambda: project_record(bench)[0].get("repair") == {"rules_off": ["ipv4-checksum"]},
    )
    return n


def check_undo(page):
    press("z", control=True)
    wait("the rule on again", lambda: "legal" not in status(page) and status(page))
    page.is_checked("check box", "ipv4-checksum") or fail("the switch did not follow")
    press("z", control=True, shift=True)
    wait("the rule off again", lambda: "legal" in status(page))


def check_modes(page):
    for name in ("Before", "After", "Changes"):
        page.click("push button", name)
        time.sleep(0.3)
    for _ in range(2):
        page.click("push button", "Blink between before and after")
        time.sleep(1)


class Top(Window):
    """The window that came last."""

    def __init__(self, window):
        self.application = window.toplevels()[-1]


def choose_file(window, path):
    chooser = window.toplevels()[-1]
    entry = wait(
        "the chooser's entry",
        lambda: next((n for n in walk(chooser) if n.get_role_name() == "text"), None),
    )
    set_text(entry, path)
    time.sleep(0.5)
    Top(window).click("push button", "Save")


def check_export(window, page, folder, n_broken):
    path = os.path.join(folder, "out.pcapng")
    frames = len(window.toplevels())
    page.click("push button", "Export…")
    wait("the dialog", lambda: len(window.toplevels()) > frames)
    dialog = Top(window)
    dialog.get("label", "What Is Written")
    dialog.get("label", f"{ROWS - n_broken} of {ROWS}")
    frames = len(window.toplevels())
    dialog.click("push button", "C_hoose…")
    wait("the chooser", lambda: len(window.toplevels()) > frames)
    choose_file(window, path)
    time.sleep(1.5)  # GTK 4.8 does not survive being asked about a window that is just going away
    dialog.get("label", "out.pcapng")
    dialog.click("push button", "Write")
    wait("the capture", lambda: os.path.exists(path))
    time.sleep(1.5)
    window.get("label", f"{ROWS} packets written")
    if shutil.which("tshark"):
        check_capture(path, n_broken)


def check_capture(path, n_broken):
    """The rule that is off is broken as often as was said, and no other is."""
    command = ["tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
    fields = ["-T", "fields", "-e", "ip.checksum.status", "-e", "tcp.checksum.status"]
    out = subprocess.run(command + fields, capture_output=True, text=True, check=True).stdout
    lines = [line.split("\t") for line in out.splitlines()]
    len(lines) == ROWS or fail(f"{len(lines)} packets")
    bad = sum(line[0] == "0" for line in lines)
    bad == n_broken or fail(f"{bad} header checksums are wrong, not {n_broken}")
    any(line[1] == "0" for line in lines) and fail("a TCP checksum is wrong")


def check_accept_all(page):
    page.click("push button", "Accept All")
    wait("all accepted", lambda: "legal" not in status(page) and status(page))


def check_tshark(page):
    page.click("page tab", "Checks")
    if not shutil.which("tshark"):
        return
    page.click("push button", "Check with _tshark")
    page.get("label", "tshark finds no error and gives no warning", 60)


def main():
    with tempfile.TemporaryDirectory(prefix="torchlight-repair-") as folder:
        with Workbench(arguments=[make_drawing(folder)]) as bench:
            window = bench.window
            page = step("open", check_open, window)
            n_broken = step("rule", check_rule, bench, page)
            step("undo", check_undo, page)
            step("modes", check_modes, page)
            step("export", check_export, window, page, folder, n_broken)
            step("accept all", check_accept_all, page)
            step("tshark", check_tshark, page)
            step("close", bench.close)


if __name__ == "__main__":
    main()
