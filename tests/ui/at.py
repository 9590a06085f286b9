# SPDX-License-Identifier: Apache-2.0
"""What tests of the window share: starting the real workbench with a home of its own, and driving it
as assistive technology does, through AT-SPI.

A test is a Python file with a function per step, run by window_test.sh on a display and a session
bus of its own:  python3 STEM_test.py WORKBENCH SOURCE_ROOT
"""

import os
import subprocess
import sys
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

STATE = Atspi.StateType
SCHEMA = "io/github/torchlight/Torchlight"
# Under sanitizers everything takes its time.
PATIENCE = 6 if os.environ.get("TORCHLIGHT_SANITIZED") else 1


def fail(message):
    raise AssertionError(message)


def wait(what, condition, timeout_s=30.0):
    """The first true value of condition; fails with a sentence after the timeout."""
    timeout_s *= PATIENCE
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


# Lists of so many cells that looking at each would take a while: not entered.
LONG_LISTS = ("Packets",)


def walk(node):
    if node is None:
        return
    yield node
    if node.get_name() in LONG_LISTS and node.get_role_name() != "toggle button":
        return
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
        click(self.get(role, name))

    def is_checked(self, role, name):
        node = self.find(role, name)
        return node is not None and node.get_state_set().contains(STATE.CHECKED)

    def is_selected(self, role, name):
        node = self.find(role, name)
        return node is not None and node.get_state_set().contains(STATE.SELECTED)

    def go(self, space, mode=None):
        """To a space of the window, and a mode of it, by their switchers."""
        self.click("page tab", space)
        if mode:
            self.click("page tab", mode)

    def toplevels(self):
        return [
            self.application.get_child_at_index(index)
            for index in range(self.application.get_child_count())
        ]


    def dump(self):
        """Everything seen, for a test in the making."""
        for node in walk(self.application):
            if node.get_name():
                print(f"{node.get_role_name()} “{node.get_name()}”")


def click(node):
    Atspi.Action.do_action(node, 0) or fail(f"“{node.get_name()}” did not take the click")


def text_of(node):
    return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))


def set_text(node, text):
    Atspi.EditableText.set_text_contents(node, text) or fail("the text was not taken")


def set_value(node, value):
    Atspi.Value.set_current_value(node, value) or fail("the value was not taken")


def xdotool(*arguments):
    done = subprocess.run(["xdotool", *map(str, arguments)], check=True, capture_output=True, text=True)
    return done.stdout


def press(key, control=False, shift=False, alt=False):
    """A key as the user presses it, to whatever has the focus: an X keysym name, "Return", "z"."""
    keys = [n for n, on in (("ctrl", control), ("shift", shift), ("alt", alt)) if on] + [key]
    xdotool("key", "--clearmodifiers", "+".join(keys))


def windows_on_screen():
    """(x, y, width, height) of each of the workbench's X windows."""
    ids = xdotool("search", "--onlyvisible", "--class", "torchlight").split()
    for window in ids:
        lines = xdotool("getwindowgeometry", "--shell", window).split()
        values = dict(line.split("=") for line in lines)
        yield tuple(int(values[key]) for key in ("X", "Y", "WIDTH", "HEIGHT"))


def place(node, across=0.5, down=0.5):
    """A point of a widget on the screen, in pixels."""
    extents = Atspi.Component.get_extents(node, Atspi.CoordType.WINDOW)
    frame = node
    while frame.get_role_name() not in ("frame", "dialog", "window"):
        frame = frame.get_parent()
    size = Atspi.Component.get_extents(frame, Atspi.CoordType.WINDOW)
    misfit = lambda w: abs(w[2] - size.width) + abs(w[3] - size.height)
    x, y, width, height = min(windows_on_screen(), key=misfit)
    x += (width - size.width) // 2 + extents.x + int(extents.width * across)
    return x, y + (height - size.height) // 2 + extents.y + int(extents.height * down)


def point(node, across=0.5, down=0.5, clicks=1, button=1):
    """The pointer goes there and clicks."""
    xdotool("mousemove", "--sync", *place(node, across, down))
    if clicks:
        xdotool("click", "--repeat", clicks, "--delay", 60, button)


def drag(node, start, end, button=1, steps=8):
    """From one point of a widget to another, each a pair of shares of its width and height."""
    x0, y0 = place(node, *start)
    x1, y1 = place(node, *end)
    xdotool("mousemove", "--sync", x0, y0, "mousedown", button)
    for i in range(1, steps + 1):
        xdotool("mousemove", "--sync", x0 + (x1 - x0) * i // steps, y0 + (y1 - y0) * i // steps)
        time.sleep(0.02)
    xdotool("mouseup", button)


class Workbench:
    """A workbench with its own settings, data and cache in a temporary folder; a context manager,
    which fails when the program complained on stderr or did not end well."""

    def __init__(self, arguments=(), settings="", folder=None, checks_log=True):
        self.binary, self.source = sys.argv[1:3]
        self.arguments = list(arguments)
        self.settings = settings
        self.checks_log = checks_log
        self.temporary = None if folder else tempfile.TemporaryDirectory(prefix="torchlight-ui-")
        self.folder = folder or self.temporary.name
        self.log = os.path.join(self.folder, "log")
        self.process = None
        self.window = None

    @property
    def samples(self):
        return os.path.join(self.source, "data", "samples")

    @property
    def projects(self):
        return os.path.join(self.folder, "share", "torchlight", "projects")

    def environment(self):
        environment = dict(os.environ)
        for name in ("NO_AT_BRIDGE", "GTK_A11Y", "GTK_USE_PORTAL"):
            environment.pop(name, None)
        build = os.path.dirname(os.path.dirname(os.path.abspath(self.binary)))
        environment.setdefault("GSETTINGS_SCHEMA_DIR", os.path.join(build, "data"))
        environment.update(
            TORCHLIGHT_DATADIR=os.path.join(self.source, "data"),
            XDG_CONFIG_HOME=os.path.join(self.folder, "config"),
            XDG_DATA_HOME=os.path.join(self.folder, "share"),
            XDG_CACHE_HOME=os.path.join(self.folder, "cache"),
            GSETTINGS_BACKEND="keyfile",
            GSK_RENDERER="cairo",
            GDK_BACKEND="x11",
        )
        return environment

    def start(self):
        """Starts it (again: in the same home) and waits for its window."""
        keyfile = os.path.join(self.folder, "config", "glib-2.0", "settings", "keyfile")
        if not os.path.exists(keyfile):
            os.makedirs(os.path.dirname(keyfile))
            with open(keyfile, "w", encoding="utf-8") as file:
                file.write(f"[{SCHEMA}]\n{self.settings}\n")
        with open(self.log, "ab") as stderr:
            self.process = subprocess.Popen(
                [self.binary, *self.arguments], env=self.environment(), stderr=stderr
            )
        self.window = Window(self.process)
        return self.window

    def kill(self):
        """As a crash would."""
        self.process.kill()
        self.process.wait()

    def close(self, timeout_s=30):
        """As its user does; fails when it does not end with 0."""
        self.window.click("push button", "Close")
        status = self.process.wait(timeout_s * PATIENCE)
        status == 0 or fail(f"the workbench ended with {status}")

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.kill()
        with open(self.log, encoding="utf-8", errors="replace") as file:
            sys.stdout.write(file.read()[-8000:])
        if kind is None and self.checks_log:
            check_log(self.log)
        if self.temporary:
            self.temporary.cleanup()


def step(name, function, *arguments):
    """Runs a step of a test and says how long it took."""
    start = time.monotonic()
    result = function(*arguments)
    print(f"{name}: {time.monotonic() - start:.1f} s", flush=True)
    return result


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
