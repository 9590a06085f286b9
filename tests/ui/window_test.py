# SPDX-License-Identifier: Apache-2.0
"""Drives the real window as assistive technology does, through AT-SPI: opens the samples, edits and
saves a caption, starts a generation and cancels it, runs one to its end, exports it, and closes the
window in the midst of another.

Arguments: the workbench, the source root. To be run on a display and a session bus of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

STATE = Atspi.StateType
SCHEMA = "io/github/torchlight/Torchlight"


def fail(message):
    raise AssertionError(message)


def wait(what, condition, timeout_s=30.0):
    """The first true value of condition; fails with a sentence after the timeout."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        try:
            value = condition()
        except gi.repository.GLib.Error:
            value = None  # the object went away while it was looked at
        if value:
            return value
        time.sleep(0.1)
    return fail(f"waited {timeout_s:g} s for {what}")


def walk(node):
    if node is None:
        return
    yield node
    for index in range(node.get_child_count()):
        try:
            yield from walk(node.get_child_at_index(index))
        except gi.repository.GLib.Error:
            continue


class Window:
    """The accessible tree of one process."""

    def __init__(self, process):
        self.process = process
        self.application = wait("the window to appear", self._find_application, 60)

    def _find_application(self):
        self.process.poll() is None or fail("the workbench ended at once")
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            application = desktop.get_child_at_index(index)
            if application and application.get_process_id() == self.process.pid:
                return application if application.get_child_count() > 0 else None
        return None

    def find(self, role, name, sensitive=True):
        for node in walk(self.application):
            try:
                if node.get_role_name() != role or name not in node.get_name():
                    continue
                states = node.get_state_set()
                if states.contains(STATE.VISIBLE) and (
                    not sensitive or states.contains(STATE.SENSITIVE)
                ):
                    return node
            except gi.repository.GLib.Error:
                continue
        return None

    def get(self, role, name, timeout_s=30.0):
        return wait(f"{role} “{name}”", lambda: self.find(role, name), timeout_s)

    def click(self, role, name):
        node = self.get(role, name)
        Atspi.Action.do_action(node, 0) or fail(f"“{name}” did not take the click")

    def toplevels(self):
        return [
            self.application.get_child_at_index(index)
            for index in range(self.application.get_child_count())
        ]


def text_of(node):
    return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))


def set_text(node, text):
    Atspi.EditableText.set_text_contents(node, text) or fail("the text was not taken")


def set_value(node, value):
    Atspi.Value.set_current_value(node, value) or fail("the value was not taken")


def check_open(window):
    window.click("push button", "Open the Samples")
    image = window.get("image", "Picture of the trace")
    caption = window.get("text", "Caption")
    wait("a caption", lambda: text_of(caption).startswith("pixelated network data: "))
    window.get("label", "packets · layout torchlight")
    items = window.get("list", "Traces").get_child_count()
    items >= 12 or fail(f"the list has {items} items")
    extents = Atspi.Component.get_extents(image, Atspi.CoordType.WINDOW)
    (extents.width > 200 and extents.height > 200) or fail("the picture is too small")
    return caption


def check_zoom(window):
    before = window.get("push button", "Zoom ").get_name()
    fit = window.get("push button", ": fit into the window").get_name()
    window.click("push button", "Zoom in")
    wait(
        "another zoom",
        lambda: window.find("push button", ": fit into the window").get_name() != fit,
    )
    window.click("push button", ": fit into the window")
    wait(
        "the zoom that fits",
        lambda: window.find("push button", ": fit into the window").get_name() == fit,
    )
    assert before


def check_caption(window, caption, samples):
    stems = {name[:-5] for name in os.listdir(samples) if name.endswith(".pcap")}
    title = next(
        node.get_name()[:-5]
        for node in walk(window.application)
        if node.get_role_name() == "label" and node.get_name()[:-5] in stems
    )
    path = os.path.join(samples, title + ".txt")
    set_text(caption, "pixelated network data: a test of the window")
    window.get("label", "Not saved")
    window.click("push button", "Save")
    window.get("label", "Saved")
    wait("the caption's file", lambda: os.path.exists(path))
    with open(path, encoding="utf-8") as file:
        saved = file.read()
    saved == "pixelated network data: a test of the window\n" or fail(f"saved: {saved!r}")


def check_cancel(window):
    window.click("push button", "Panel to draw a new trace")
    prompt = window.get("text", "Prompt")
    wait("a prompt from the caption", lambda: text_of(prompt).startswith("pixelated"))
    set_value(window.get("spin button", "Steps"), 50)
    window.click("push button", "_Generate")
    window.get("push button", "Cancel")
    progress = window.get("progress bar", "Progress of the generation")
    wait("progress", lambda: Atspi.Value.get_current_value(progress) > 0, 60)
    window.get("label", "step ", 60)
    window.click("push button", "Cancel")
    wait("the end of the cancelled generation", lambda: window.find("push button", "_Generate"), 60)


def check_generate(window):
    set_value(window.get("spin button", "Steps"), 1)
    window.click("push button", "_Generate")
    window.get("label", "Seed ", 120)
    label = window.get("label", " · 1 step")
    return label.get_name()


def check_export(window, folder):
    path = os.path.join(folder, "exported.pcap")
    frames = len(window.toplevels())
    window.click("push button", "Export…")
    wait("the file chooser", lambda: len(window.toplevels()) > frames)
    chooser = window.toplevels()[-1]
    entry = wait(
        "the chooser's entry",
        lambda: next((n for n in walk(chooser) if n.get_role_name() == "text"), None),
    )
    set_text(entry, path)
    save = wait(
        "the chooser's button",
        lambda: next(
            (
                n
                for n in walk(chooser)
                if n.get_role_name() == "push button" and "Save" in n.get_name()
            ),
            None,
        ),
    )
    time.sleep(0.3)
    Atspi.Action.do_action(save, 0)
    wait("the capture", lambda: os.path.exists(path), 30)
    window.get("label", "written", 60)
    with open(path, "rb") as file:
        head = file.read(4)
    head in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") or fail(f"no capture: {head!r}")
    window.click("push button", "_Close")
    time.sleep(2)  # GTK 4.8 does not survive being asked about a window that is just going away
    wait("the summary to go", lambda: not window.find("push button", "_Close"))


def check_close(window, process):
    """In the midst of a generation and with a caption that is not saved: both are asked for."""
    window.click("push button", "_Opened")
    caption = window.get("text", "Caption")
    wait("the opened trace's caption", lambda: "a test of the window" in text_of(caption))
    set_text(caption, "never to be saved")
    set_value(window.get("spin button", "Steps"), 50)
    window.click("push button", "_Generate")
    window.get("label", "step ", 60)
    window.click("push button", "Close")
    window.click("push button", "_Stop and Close")
    time.sleep(2)
    window.click("push button", "_Discard")
    status = process.wait(60)
    status == 0 or fail(f"the workbench ended with {status}")


def make_config(folder, model):
    """A settings file as a user would have left it behind."""
    settings = os.path.join(folder, "glib-2.0", "settings")
    os.makedirs(settings)
    with open(os.path.join(settings, "keyfile"), "w", encoding="utf-8") as file:
        file.write(f"[{SCHEMA}]\nmodel='{model}'\ncfg=1.0\n")


def make_environment(folder, source):
    data = os.path.join(folder, "data")
    shutil.copytree(os.path.join(source, "data", "samples"), os.path.join(data, "samples"))
    mini = os.path.join(source, "data", "models", "mini")
    golden = os.path.join(source, "tests", "goldens", "A", "model")
    make_config(os.path.join(folder, "config"), mini if os.path.isdir(mini) else golden)
    environment = dict(os.environ)
    for name in ("NO_AT_BRIDGE", "GTK_A11Y", "GTK_USE_PORTAL"):
        environment.pop(name, None)
    environment.update(
        TORCHLIGHT_DATADIR=data,
        XDG_CONFIG_HOME=os.path.join(folder, "config"),
        XDG_DATA_HOME=os.path.join(folder, "share"),
        XDG_CACHE_HOME=os.path.join(folder, "cache"),
        GSETTINGS_BACKEND="keyfile",
        GSK_RENDERER="cairo",
        GDK_BACKEND="x11",
    )
    return environment, os.path.join(data, "samples")


def check_log(path):
    """Nothing of ours or of GTK's may complain."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [
            line
            for line in file
            if "-CRITICAL" in line or "-WARNING" in line or "ERROR: AddressSanitizer" in line
        ]
    for line in lines:
        print(line, end="")
    not lines or fail(f"{len(lines)} complaints on stderr")


def drive(process, samples, folder):
    window = Window(process)
    for name, step in (
        ("open", lambda: check_open(window)),
        ("zoom", lambda: check_zoom(window)),
        ("caption", lambda: check_caption(window, window.get("text", "Caption"), samples)),
        ("cancel", lambda: check_cancel(window)),
        ("generate", lambda: check_generate(window)),
        ("export", lambda: check_export(window, folder)),
        ("close", lambda: check_close(window, process)),
    ):
        start = time.monotonic()
        step()
        print(f"{name}: {time.monotonic() - start:.1f} s", flush=True)


def main():
    workbench, source = sys.argv[1:3]
    with tempfile.TemporaryDirectory(prefix="torchlight-window-") as folder:
        environment, samples = make_environment(folder, source)
        log = os.path.join(folder, "log")
        with open(log, "wb") as stderr:
            process = subprocess.Popen([workbench], env=environment, stderr=stderr)
        try:
            drive(process, samples, folder)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            with open(log, encoding="utf-8", errors="replace") as file:
                sys.stdout.write(file.read()[-8000:])
        check_log(log)


if __name__ == "__main__":
    main()
