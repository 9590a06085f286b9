# SPDX-License-Identifier: Apache-2.0
"""The sessions of workbench.sh, which see. Each starts the workbench with TORCHLIGHT_LATENCY
(ui/latency.h) and ends it with Ctrl+Q; the times are what it wrote.

Arguments: the workbench, the source root, and perhaps names of sessions.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ui"))
from at import Workbench, place, press, wait, xdotool  # noqa: E402

N_ITEMS = 10000
SETTINGS = "window-width=1280\nwindow-height=800"


def measured(session, arguments=(), ready=lambda window: None):
    """Runs session(window) in a workbench of its own; what it measured from start to end."""
    with tempfile.TemporaryDirectory(prefix="torchlight-bench-") as folder:
        path = os.path.join(folder, "latency.json")
        os.environ["TORCHLIGHT_LATENCY"] = path
        with Workbench(arguments, SETTINGS, folder, checks_log=False) as bench:
            ready(bench.window)
            session(bench.window)
            press("q", control=True)
            try:
                bench.process.wait(3)
            except subprocess.TimeoutExpired:  # it asks whether to stop what runs
                bench.window.click("push button", "Stop and Close")
                bench.process.wait(60)
        with open(path, encoding="utf-8") as file:
            return json.load(file)


def line(name, times):
    print(
        f"  {name:<10} n {times['n']:>6}   p50 {times['p50']:>7.2f} ms   p99 {times['p99']:>7.2f} ms"
        f"   max {times['max']:>8.2f} ms   over 10 ms: {len(times['over_10'])}"
    )


def report(name, result):
    print(f"{name}: first frame after {result['start_ms']:.0f} ms")
    line("main loop", result["dispatch_ms"])
    line("frame", result["frame_ms"])


def start_session():
    starts = [measured(lambda window: time.sleep(0.5))["start_ms"] for _ in range(7)]
    print(
        f"start: exec to first painted frame, {len(starts)} times: median"
        f" {statistics.median(starts):.0f} ms, {min(starts):.0f} to {max(starts):.0f} ms"
    )


def scroll_session():
    build = os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[1])))
    samples = os.path.join(sys.argv[2], "data", "samples")
    with tempfile.TemporaryDirectory(prefix="torchlight-project-") as folder:
        project = os.path.join(folder, "many")
        subprocess.run(
            [os.path.join(build, "tests", "ui", "make_project"), project, str(N_ITEMS), samples],
            check=True,
        )

        def scroll(window):
            window.get("label", "traces")
            time.sleep(2)
            xdotool("mousemove", "--sync", 640, 500)
            xdotool("click", "--repeat", 300, "--delay", 16, 5)
            xdotool("click", "--repeat", 200, "--delay", 16, 4)

        report(f"library of {N_ITEMS} items, opened and scrolled", measured(scroll, [project]))


def trace_session():
    capture = os.path.join(sys.argv[2], "data", "samples", "none_web_http2_00003.pcap")

    def look(window):
        picture = window.get("image", "Picture of the trace")
        time.sleep(1)
        xdotool("mousemove", "--sync", *place(picture))
        for _ in range(20):
            xdotool("keydown", "ctrl", "click", 4, "keyup", "ctrl")
        for _ in range(40):
            xdotool("click", 5)
        for step in range(60):
            x, y = place(picture, 0.2 + step / 100, 0.5)
            xdotool("mousemove", "--sync", x, y)
        for _ in range(20):
            xdotool("keydown", "ctrl", "click", 5, "keyup", "ctrl")

    report("a trace of 1,024 packets zoomed, panned, pointed at", measured(look, [capture]))


def train_session():
    samples = os.path.join(sys.argv[2], "data", "samples")

    def train(window):
        wait("the samples", lambda: window.find("label", "27 traces"), 60)
        window.go("Fine-Tune")
        window.click("push button", "Start Training")
        time.sleep(20)
        window.go("Library", "Grid")
        xdotool("mousemove", "--sync", 640, 500)
        xdotool("click", "--repeat", 60, "--delay", 30, 5)
        window.go("Fine-Tune")
        time.sleep(5)

    report("a LoRA being trained, and the library scrolled meanwhile", measured(train, [samples]))


def main():
    sessions = {
        "start": start_session,
        "scroll": scroll_session,
        "trace": trace_session,
        "train": train_session,
    }
    for name in sys.argv[3:] or sessions:
        sessions[name]()


if __name__ == "__main__":
    main()
