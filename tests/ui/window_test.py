# SPDX-License-Identifier: Apache-2.0
"""The shell of the window: the sample project in one click, every space by its switcher and by its
keys, undo of nothing, the jobs panel, preferences, closing, and what is there at the next start.

Arguments: the workbench, the source root.
"""

import json
import os

from at import Workbench, fail, point, set_text, step, wait, xdotool

NARROW = (360, 600)
TRACE = "none_web_http2_00003"
PAGES = (
    ("Library", "Grid"),
    ("Library", "Captions"),
    ("Trace", "View"),
    ("Trace", "Control Map"),
    ("Trace", "Repair"),
    ("Fine-Tune",),
    ("Generate",),
    ("Evaluate",),
    ("Learn",),
)


def read_project(path):
    """What is saved by now; {} before the first time."""
    path = os.path.join(path, "project.json")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_sample(bench):
    window = bench.window
    window.click("push button", "Explore the Sample Project")
    project = os.path.join(bench.projects, "Samples")
    wait("the samples in the project", lambda: len(read_project(project).get("traces", [])) >= 12)
    traces = read_project(project)["traces"]
    for trace in traces:
        os.path.exists(os.path.join(project, trace["file"])) or fail(f"no {trace['file']}")
        trace["caption"].startswith("pixelated network data: ") or fail(trace["caption"])
    return project


def check_spaces(window):
    for name in ("Trace", "Fine-Tune", "Generate", "Evaluate", "Learn", "Library"):
        window.click("page tab", name)
        wait(name, lambda: window.is_selected("page tab", name))


def check_next_start(bench):
    bench.start()
    bench.window.get("label", "Recent Projects")
    bench.window.get("list item", "Samples")


def window_size(process):
    window = xdotool("search", "--onlyvisible", "--pid", process.pid).split()[0]
    lines = xdotool("getwindowgeometry", "--shell", window).split()
    sizes = dict(line.split("=") for line in lines)
    return int(sizes["WIDTH"]), int(sizes["HEIGHT"])


def check_narrow(bench):
    """Every page gets by with the width of a telephone."""
    window = bench.window

    set_text(window.get("entry", "Search traces"), TRACE)
    window.get("label", "1 of ")
    point(window.get("image", TRACE), clicks=2)
    window.get("image", "Picture of the trace")
    for page in PAGES:
        window.go(*page)
        wait(page[-1], lambda: window.is_selected("page tab", page[-1]))
        size = window_size(bench.process)
        size == NARROW or fail(f"{' '.join(page)} makes the window {size[0]} × {size[1]}")


def main():
    with Workbench() as bench:
        step("sample", check_sample, bench)
        step("spaces", check_spaces, bench.window)
        step("close", bench.close)
        step("next start", check_next_start, bench)
    with Workbench(settings="window-width=%d\nwindow-height=%d" % NARROW) as bench:
        step("narrow sample", check_sample, bench)
        step("narrow pages", check_narrow, bench)


if __name__ == "__main__":
    main()
