# SPDX-License-Identifier: Apache-2.0
"""The page Evaluate: a project some of whose traces count as generated; the figures are computed,
told in words, saved as a table, and there again at the next start."""

import csv
import json
import os
import subprocess
import sys

from at import Atspi, Workbench, fail, set_text, step, wait, walk

# The samples, and whether they stand for generated ones.
TRACES = [
    ("none_web_http2_00003", "no vpn, web, http2", False),
    ("none_web_http2_00004", "no vpn, web, http2", True),
    ("wireguard_web_http2_00003", "wireguard, web, http2", False),
    ("openvpn-tcp_web_http2_00001", "openvpn-tcp, web, http2", True),
    ("none_dns_udp53_00001", "no vpn, dns, udp53", False),
]


def make_project(bench, traces, name):
    """As the command makes pictures, with a project.json around them. traces: name, caption without
    its beginning, whether it was generated, part of the split."""
    torchlight = os.path.join(os.path.dirname(bench.binary), "..", "app", "cli", "torchlight")
    folder = os.path.join(bench.folder, name)
    os.makedirs(os.path.join(folder, "pictures"))
    records = []
    for number, (name, words, generated, split) in enumerate(traces):
        file = os.path.join("pictures", name + ".png")
        capture = os.path.join(bench.samples, name + ".pcap")
        command = [torchlight, "encode", capture, "-o", os.path.join(folder, file), "--json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=bench.environment())
        records.append(
            {
                "id": f"t{number}",
                "name": name,
                "file": file,
                "caption": "pixelated network data: " + words,
                "origin": "generated" if generated else "imported",
            }
        )
        if split:
            records[-1]["split"] = split
    project = {"format": "torchlight-project", "version": 1, "name": "Test", "traces": records}
    with open(os.path.join(folder, "project.json"), "w", encoding="utf-8") as file:
        json.dump(project, file)
    return folder


def check_compute(window):
    window.click("page tab", "Evaluate")
    window.get("combo box", "Classes")
    window.click("push button", "Compute Figures")
    figure = window.get("image", "Packet sizes", 60)
    said = figure.get_description()
    "no vpn, Generated against real" in said or fail(f"the figure says: {said!r}")
    window.get("label", "real and 1 generated traces in 1 class")


def check_saved(folder):
    def saved():
        with open(os.path.join(folder, "project.json"), encoding="utf-8") as file:
            return json.load(file).get("figures")

    record = wait("the figures in the project", saved)[0]
    with open(os.path.join(folder, record["file"]), encoding="utf-8") as file:
        figures = json.load(file)
    figures["format"] == "torchlight-figures" or fail("no figures")
    len(figures["figures"]) >= 8 or fail(f"{len(figures['figures'])} figures")


def in_chooser(window, role, name=""):
    return wait(
        f"{role} in the file chooser",
        lambda: next(
            (
                node
                for node in walk(window.toplevels()[-1])
                if node.get_role_name() == role and name in node.get_name()
            ),
            None,
        ),
    )


def open_menu(window, name):
    """The button within the menu button is what takes the click."""
    button = wait(
        name,
        lambda: next(
            (
                node
                for node in walk(window.application)
                if name in node.get_name() and Atspi.Action.get_n_actions(node) > 0
            ),
            None,
        ),
    )
    Atspi.Action.do_action(button, 0)


def check_csv(bench):
    window = bench.window
    path = os.path.join(bench.folder, "saved.csv")
    frames = len(window.toplevels())
    open_menu(window, "Menu of “Packet sizes: distance”")
    window.click("menu item", "Save as CSV…")
    wait("the file chooser", lambda: len(window.toplevels()) > frames)
    set_text(in_chooser(window, "text"), path)
    save = in_chooser(window, "push button", "Save")
    wait("the table", lambda: Atspi.Action.do_action(save, 0) and os.path.exists(path))
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["x"] == "no vpn" or fail(f"the table begins with {rows[0]}")
    float(rows[0]["y"]) > 0 or fail("the distance is none")


def check_next_start(bench):
    bench.kill()
    bench.start()
    bench.window.click("page tab", "Evaluate")
    bench.window.get("image", "Packet sizes", 30)


def main():
    bench = Workbench()
    figures = [trace + ("",) for trace in TRACES]
    folder = step("project", make_project, bench, figures, "project")
    bench.arguments = [folder]
    with bench:
        step("compute", check_compute, bench.window)
        step("saved", check_saved, folder)
        step("table", check_csv, bench)
        step("next start", check_next_start, bench)


if __name__ == "__main__":
    sys.exit(main())
