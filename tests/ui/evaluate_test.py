# SPDX-License-Identifier: Apache-2.0
"""The page Evaluate: a project some of whose traces count as generated; the figures are computed,
told in words, saved as a table, and there again at the next start. Then the full evaluation, quickly:
its goals and sets are told, its report and numbers are there; broken off, it goes on."""

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


# For the full evaluation: name, caption, part of the split ("" of generated ones).
EVALUATED = [
    ("none_dash_1080_http1.1_00001", "no vpn, dash, 1080, http1.1", "train"),
    ("none_dash_1080_http1.1_00003", "no vpn, dash, 1080, http1.1", "test"),
    ("none_web_http2_00003", "no vpn, web, http2", "train"),
    ("none_web_http2_00004", "no vpn, web, http2", "test"),
    ("wireguard_dash_1080_http1.1_00001", "wireguard, dash, 1080, http1.1", "train"),
    ("wireguard_web_http2_00003", "wireguard, web, http2", "test"),
    ("none_dash_360_http1.1_00004", "no vpn, dash, 360, http1.1", ""),
    ("openvpn-tcp_web_http2_00001", "no vpn, web, http2", ""),
    ("wireguard_dash_1080_http1.1_00003", "wireguard, dash, 1080, http1.1", ""),
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


def evaluation_of(folder):
    path = os.path.join(folder, "evaluation", "evaluation.json")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_empty(window):
    window.click("page tab", "Evaluate")
    window.click("page tab", "Full Evaluation")
    window.get("label", "Nothing was evaluated yet")


def check_evaluation(window, folder):
    window.click("push button", "Evaluate")
    window.get("progress bar", "Progress of the evaluation")
    window.get("label", "Goals Met", 120)
    window.get("label", "Sets")
    window.get("label", "Before You Believe It")
    window.get("label", "quality: ")  # one class only
    window.get("label", "generated")
    found = evaluation_of(folder) or fail("no numbers")
    found["sets"][1]["traces"] == 3 or fail(f"{found['sets'][1]}")
    found["parameters"]["seeds"] == 1 or fail("that was not the quick way")
    with open(os.path.join(folder, "evaluation", "report.html"), encoding="utf-8") as file:
        "<svg" in file.read() or fail("no figures in the report")
    window.get("push button", "Open Report")


def check_saved_numbers(bench):
    window = bench.window
    path = os.path.join(bench.folder, "numbers.json")
    frames = len(window.toplevels())
    window.click("push button", "Save JSON…")
    wait("the file chooser", lambda: len(window.toplevels()) > frames)
    set_text(in_chooser(window, "text"), path)
    save = in_chooser(window, "push button", "Save")
    wait("the numbers", lambda: Atspi.Action.do_action(save, 0) and os.path.exists(path))


def check_read_again(bench, folder):
    bench.kill()
    bench.start()
    bench.window.click("page tab", "Evaluate")
    bench.window.click("page tab", "Full Evaluation")
    bench.window.get("label", "Goals Met", 30)


def check_broken_off(bench, folder):
    """Only what was found so far is there: the button says so, and the numbers are the same."""
    before = evaluation_of(folder)
    bench.kill()
    for name in ("evaluation.json", "report.html"):
        os.remove(os.path.join(folder, "evaluation", name))
    bench.start()
    bench.window.click("page tab", "Evaluate")
    bench.window.click("page tab", "Full Evaluation")
    bench.window.get("label", "was broken off")
    bench.window.click("push button", "Resume")
    bench.window.get("label", "Goals Met", 120)
    evaluation_of(folder) == before or fail("other numbers than the first time")


def check_damaged(bench, folder):
    """Said, and another can be made."""
    bench.kill()
    with open(os.path.join(folder, "evaluation", "evaluation.json"), "w", encoding="utf-8") as file:
        file.write('{"format": "torchlight-evaluation", "version": 2}')
    bench.start()
    bench.window.click("page tab", "Evaluate")
    bench.window.click("page tab", "Full Evaluation")
    bench.window.get("label", "its version is another", 30)
    bench.window.get("push button", "Resume")


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
    bench = Workbench()
    evaluated = [(name, words, not part, part) for name, words, part in EVALUATED]
    folder = step("project", make_project, bench, evaluated, "evaluated")
    bench.arguments = [folder]
    with bench:
        step("empty", check_empty, bench.window)
        step("evaluation", check_evaluation, bench.window, folder)
        step("numbers", check_saved_numbers, bench)
        step("read again", check_read_again, bench, folder)
        step("broken off", check_broken_off, bench, folder)
        step("damaged", check_damaged, bench, folder)


if __name__ == "__main__":
    sys.exit(main())
