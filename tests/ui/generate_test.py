# SPDX-License-Identifier: Apache-2.0
"""The page Generate: a prompt completed by key, a small picture drawn into the project, its settings
used again, a generation cancelled, a result deleted and brought back; and a queue that survives a
crash."""

import json
import os
import sys

from at import Atspi, Workbench, fail, press, set_text, set_value, step, text_of, wait, walk

WORDS = "pixelated network data: no vpn, web, http2"


def make_project(bench):
    folder = os.path.join(bench.folder, "project")
    os.makedirs(folder)
    project = {"format": "torchlight-project", "version": 1, "name": "Test"}
    with open(os.path.join(folder, "project.json"), "w", encoding="utf-8") as file:
        json.dump(project, file)
    return folder


def records(folder, kind):
    with open(os.path.join(folder, "project.json"), encoding="utf-8") as file:
        return json.load(file).get(kind, [])


def go(window):
    wait(
        "the page",
        lambda: window.click("page tab", "Generate") or window.is_selected("page tab", "Generate"),
    )


def find_below(root, role, name):
    return next(
        (n for n in walk(root) if n.get_role_name() == role and n.get_name() == name), None
    )


def find_exactly(window, role, name):
    return wait(f"{role} “{name}”", lambda: find_below(window.application, role, name))


def form(window):
    """What holds both the prompt and the guidance: other pages have steps and numbers, too. Looked for
    once: there are thousands of things in a window."""
    if not hasattr(window, "form"):
        node = find_exactly(window, "text", "Prompt")
        while not find_below(node, "spin button", "Guidance"):
            node = node.get_parent()
        window.form = node
    return window.form


def get_spin(window, name):
    below = form(window)
    return wait(name, lambda: find_below(below, "spin button", name))


def spin(window, name, value):
    set_value(get_spin(window, name), value)


def write_prompt(window):
    """Typed as a user does: the word that is offered first is taken by Return."""
    window.click("push button", "Write a Prompt")  # the text has the focus now
    prompt = find_exactly(window, "text", "Prompt")
    set_text(prompt, "no vpn, web, ")
    press("End", control=True)
    for key in ("h", "t", "t", "p", "2"):
        press(key)
    wait("the word", lambda: text_of(prompt).endswith("http2"))
    press("BackSpace")
    window.get("list", "Words")
    press("Down")
    press("Return")
    wait("the completion", lambda: text_of(prompt).startswith("no vpn, web, http"))
    text_of(prompt).endswith(", ") or fail(f"the prompt is {text_of(prompt)!r}")
    set_text(prompt, "no vpn, wireguad")
    window.get("label", "do you mean “wireguard”?")
    set_text(prompt, WORDS)


def check_generate(window, folder):
    spin(window, "Packets per Picture", 64)
    spin(window, "Steps", 2)
    window.click("push button", "Generate")
    traces = wait("the trace", lambda: records(folder, "traces"), 60)
    trace = traces[0]
    trace["origin"] == "generated" and trace["caption"] == WORDS or fail(f"it is {trace}")
    trace["settings"]["steps"] == 2 or fail("other steps")
    os.path.exists(os.path.join(folder, trace["file"])) or fail("no picture")
    wait("an empty queue", lambda: not records(folder, "runs"))
    return trace


def select_first(window):
    gallery = find_exactly(window, "table", "Generated traces")
    wait("a cell", lambda: gallery.get_child_count() > 0)
    Atspi.Selection.select_child(gallery, 0)


def check_again(window, trace):
    window.get("label", "Seed " + trace["seed"])
    spin(window, "Steps", 9)
    window.click("push button", "Use Settings Again")
    steps = get_spin(window, "Steps")
    wait("the steps", lambda: Atspi.Value.get_current_value(steps) == 2)


def check_start(window, folder, trace):
    """From the picture that was drawn; the way back to noise is a button."""
    window.click("push button", "Use as Start")
    spin(window, "Strength", 0.5)
    window.click("push button", "Generate")
    wait("the second trace", lambda: len(records(folder, "traces")) == 2, 60)
    other = next(t for t in records(folder, "traces") if t["file"] != trace["file"])
    settings = other["settings"]
    settings["init"] == trace["file"] and settings["strength"] == 0.5 or fail(f"it is {settings}")
    window.click("push button", "Start From Noise")
    wait("an empty queue", lambda: not records(folder, "runs"))


def check_cancel(window, folder):
    n_before = len(records(folder, "traces"))
    spin(window, "Steps", 200)
    window.click("push button", "Generate")
    window.click("push button", "Cancel")
    wait("the end of it", lambda: not records(folder, "runs"))
    len(records(folder, "traces")) == n_before or fail("a cancelled picture came")


def check_delete(window, folder):
    n_before = len(records(folder, "traces"))
    window.click("push button", "Delete")
    wait("one trace less", lambda: len(records(folder, "traces")) == n_before - 1)
    window.click("push button", "Undo")
    wait("the trace", lambda: len(records(folder, "traces")) == n_before)
    for trace in records(folder, "traces"):
        wait("its file", lambda: os.path.exists(os.path.join(folder, trace["file"])))


def check_crash(bench, folder):
    window = bench.window
    spin(window, "Steps", 50)  # so that it does not end before it is cancelled
    spin(window, "Number", 500)
    window.click("push button", "Generate")
    wait("the run", lambda: records(folder, "runs"))
    bench.kill()
    n_before = len(records(folder, "traces"))
    window = bench.start()
    go(window)
    window.get("label", "Queue is held, 1 wait")
    window.click("push button", "Start")
    wait("more of them", lambda: len(records(folder, "traces")) > n_before, 60)
    window.click("push button", "Cancel")
    wait("an empty queue", lambda: not records(folder, "runs"))


def main():
    bench = Workbench()
    folder = make_project(bench)
    bench.arguments = [folder]
    with bench:
        step("page", go, bench.window)
        step("prompt", write_prompt, bench.window)
        trace = step("generate", check_generate, bench.window, folder)
        step("select", select_first, bench.window)
        step("again", check_again, bench.window, trace)
        step("start", check_start, bench.window, folder, trace)
        step("cancel", check_cancel, bench.window, folder)
        step("delete", check_delete, bench.window, folder)
        step("crash", check_crash, bench, folder)


if __name__ == "__main__":
    sys.exit(main())
