# SPDX-License-Identifier: Apache-2.0
"""The whole way by hand, in one session: two captures are imported, one gets another caption, a stroke
is drawn on its control map, a LoRA learns a few steps, a trace is generated with both, repaired with
one rule off, and exported; undo and redo on the way; a crash at the end, after which all is there.

Arguments: the workbench, the source root.
"""

import json
import os
import shutil
import subprocess
import sys
import time

from at import Workbench, click, drag, fail, place, press, set_text, step, text_of, wait
from generate_test import find_exactly, get_spin, select_first, set_value
from repair_test import Page, Top, choose_file, status
from train_test import page_of, set_up

CAPTURES = ("none_web_http2_00003.pcap", "none_dns_udp53_00001.pcap")
CAPTION = "pixelated network data: no vpn, web, http2, by hand"
RULE = "ipv4-checksum"


class Project:
    """What the workbench has saved by now."""

    def __init__(self, bench):
        self.folder = wait(
            "a project", lambda: [os.path.join(bench.projects, n) for n in os.listdir(bench.projects)]
        )[0]

    def records(self, kind):
        path = os.path.join(self.folder, "project.json")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return json.load(file).get(kind, [])

    def file(self, record):
        return os.path.join(self.folder, record["file"])


def check_import(window, bench):
    window.get("image", "Picture of the trace", 60)
    project = Project(bench)
    traces = wait("both captures", lambda: project.records("traces")[1:] and project.records("traces"))
    {t["source"] for t in traces} == set(CAPTURES) or fail(f"they came from {traces}")
    return project


def check_caption(window, project):
    """Typed, taken back, and put in again."""
    caption = window.get("text", "Caption")
    before = text_of(caption)
    index = next(i for i, t in enumerate(project.records("traces")) if t["caption"] == before)
    saved = lambda: project.records("traces")[index]["caption"]
    set_text(caption, CAPTION)
    wait("the caption in the project", lambda: saved() == CAPTION)
    press("z", control=True)
    wait("the caption of before", lambda: saved() == before)
    press("z", control=True, shift=True)
    wait("the caption again", lambda: saved() == CAPTION)
    beside = os.path.splitext(project.file(project.records("traces")[index]))[0] + ".txt"

    def text():
        with open(beside, encoding="utf-8") as file:
            return file.read().strip()

    wait("the caption's file", lambda: text() == CAPTION)


def check_stroke(window, project):
    window.go("Trace", "Control Map")
    canvas = window.get("image", "Control map")
    wait("its place", lambda: place(canvas)[0] > 0)
    time.sleep(1)
    drag(canvas, (0.4, 0.4), (0.6, 0.6))
    record = wait("the map in the project", lambda: project.records("maps"))[0]
    wait("the map's file", lambda: os.path.exists(project.file(record)))
    window.click("push button", "Use in Generate")
    return record


def check_train(window, project):
    page = page_of(window)
    set_up(page, "Journey", 3)
    page.click("push button", "Start Training")
    record = wait("the LoRA in the project", lambda: project.records("loras"), 90)[0]
    record["steps"] == 3 or fail(f"it learned {record['steps']} steps")
    page.click("push button", "Show LoRA")
    page.click("push button", "Use in Generate")
    return record


def check_generate(window, project, control, lora):
    n_before = len(project.records("traces"))
    set_text(find_exactly(window, "text", "Prompt"), CAPTION)
    set_value(get_spin(window, "Steps"), 2)
    click(find_exactly(window, "push button", "_Generate Generate"))
    traces = wait("the trace", lambda: project.records("traces")[n_before:], 120)
    settings = traces[0]["settings"]
    os.path.basename(project.file(lora)) in json.dumps(settings) or fail(f"no LoRA in {settings}")
    os.path.basename(project.file(control)) in json.dumps(settings) or fail(f"no map in {settings}")
    return traces[0]


def check_repair(window, bench, folder):
    """One rule off, and the capture is wrong in just that."""
    select_first(window)
    window.click("push button", "Repair…")
    window.is_selected("page tab", "Repair") or fail("not on the page Repair")
    page = Page(window)
    wait("the repair", lambda: status(page), 60)
    page.click("check box", RULE)
    broken = int(page.get("label", "packets break it").get_name().split()[0].replace(",", ""))
    broken > 0 or fail("the rule changed nothing")
    path = os.path.join(folder, "journey.pcapng")
    frames = len(window.toplevels())
    page.click("push button", "Export…")
    wait("the dialog", lambda: len(window.toplevels()) > frames)
    dialog = Top(window)
    frames = len(window.toplevels())
    dialog.click("push button", "C_hoose…")
    wait("the chooser", lambda: len(window.toplevels()) > frames)
    choose_file(window, path)
    time.sleep(1.5)  # GTK 4.8 does not survive being asked about a window that is just going away
    dialog.click("push button", "Write")
    wait("the capture", lambda: os.path.exists(path))
    time.sleep(1.5)
    return path, broken


def check_capture(path, broken):
    if not shutil.which("tshark"):
        return
    command = ["tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
    fields = ["-T", "fields", "-e", "ip.checksum.status", "-e", "tcp.checksum.status"]
    out = subprocess.run(command + fields, capture_output=True, text=True, check=True).stdout
    lines = [line.split("\t") for line in out.splitlines()]
    lines or fail("no packets in it")
    bad = sum(line[0] == "0" for line in lines)
    bad == broken or fail(f"{bad} header checksums are wrong, not {broken}")
    any(line[1] == "0" for line in lines) and fail("a TCP checksum is wrong")


def check_crash(bench, project):
    """Seconds after the last edit everything is there, also for the next start."""
    time.sleep(3)
    kinds = ("traces", "maps", "loras")
    before = {kind: project.records(kind) for kind in kinds}
    bench.kill()
    bench.arguments = [project.folder]
    window = bench.start()
    window.get("label", f"{len(before['traces'])} traces", 60)
    for kind in kinds:
        project.records(kind) == before[kind] or fail(f"other {kind} than before the crash")
        for record in before[kind]:
            os.path.exists(project.file(record)) or fail(f"{record['file']} is lost")
    before["traces"][-1]["repair"]["rules_off"] == [RULE] or fail("the choice is lost")


def main():
    captures = [os.path.join(sys.argv[2], "data", "samples", name) for name in CAPTURES]
    with Workbench(captures, settings="window-width=1280\nwindow-height=800") as bench:
        window = bench.window
        project = step("import", check_import, window, bench)
        step("caption", check_caption, window, project)
        control = step("stroke", check_stroke, window, project)
        lora = step("fine-tune", check_train, window, project)
        step("generate", check_generate, window, project, control, lora)
        path, broken = step("repair and export", check_repair, window, bench, bench.folder)
        step("tshark", check_capture, path, broken)
        step("crash", check_crash, bench, project)


if __name__ == "__main__":
    main()
