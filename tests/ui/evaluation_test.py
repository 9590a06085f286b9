# SPDX-License-Identifier: Apache-2.0
"""The full evaluation of the page Evaluate, the quick way: its goals and sets are told, its report and
numbers are there; broken off, it goes on; what is damaged is said."""

import json
import os
import sys

from at import Atspi, Workbench, fail, set_text, step, wait
from evaluate_test import in_chooser, make_project

# Name, caption, part of the split ("" of generated ones).
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
