# SPDX-License-Identifier: Apache-2.0
"""Nothing grows: traces, spaces and modes opened over and over, dialogs and windows opened and
closed again; and then as many objects live as before.

Arguments: the workbench, the source root.
"""

import glob
import json
import os
import signal
import subprocess
import time

from at import Atspi, Workbench, fail, point, step, wait, xdotool

N_TRACES = 4
N_OPENINGS = 100
N_WINDOWS = 6
N_DIALOGS = 5
# What libraries keep of each window (GTK 4.8 sections of menus, libadwaita 1.2 the two of its own),
# and what widgets have from when they first need it.
NOT_OURS = (
    "GMenu",
    "AdwViewStackPages",
    "AdwSwipeTracker",
    "GtkCssStaticStyle",
    "GtkCssAnimatedStyle",
    "GtkStyleContext",
)


class Counts:
    """Living objects of each class, as the workbench tells them (ui/objects.h)."""

    def __init__(self, bench):
        self.bench = bench
        self.path = os.path.join(bench.folder, "objects.json")
        os.environ["TORCHLIGHT_OBJECTS"] = self.path

    def take(self):
        if os.path.exists(self.path):
            os.remove(self.path)
        self.bench.process.send_signal(signal.SIGUSR1)
        wait("the counts", lambda: os.path.exists(self.path))
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)

    def grown(self, before, n):
        """What is more than before: at all of ours, by one each time of the libraries'."""
        now = self.take()
        more = {name: now[name] - before.get(name, 0) for name in now if name not in NOT_OURS}
        return {
            name: more[name]
            for name in more
            if more[name] >= (1 if name.startswith("Torchlight") else n)
        }

    def same_after(self, n, function, *arguments):
        """n times the function, after a few that fill what is filled once only."""
        function(2, *arguments)
        self.settle()
        before = self.take()
        function(n, *arguments)
        try:
            wait("no more objects than before", lambda: not self.grown(before, n), 10)
        except AssertionError:
            fail(f"more live than {n} times ago: {self.grown(before, n)}")

    def settle(self):
        """What is on its way has come, or gone."""
        last = [None]

        def is_still():
            before, last[0] = last[0], self.take()
            time.sleep(0.3)
            return before == last[0]

        wait("a still workbench", is_still, 10)


def keys(*names):
    """One after the other, each with time to be acted upon."""
    xdotool("key", "--clearmodifiers", "--delay", 25, *names)


def open_traces(n):
    """The next one in the grid, and where there is no next the first."""
    for i in range(n):
        keys("alt+1", "Home" if i % N_TRACES == 0 else "Right", "Return")


def open_spaces(n):
    for _ in range(n):
        keys(*(f"alt+{space}" for space in range(1, 7)))


def open_modes(n, modes):
    for _ in range(n):
        for mode in modes:
            Atspi.Action.do_action(mode, 0) or fail("a mode did not take the click")
            time.sleep(0.05)


def count_windows(bench):
    """By the X server: GTK 4.8 does not survive AT-SPI asking about a window that is going away."""
    command = ["xdotool", "search", "--onlyvisible", "--pid", str(bench.process.pid)]
    return len(subprocess.run(command, capture_output=True, text=True).stdout.split())


def open_windows(n, bench, key, close):
    """Each comes and goes again."""
    n_before = count_windows(bench)
    for _ in range(n):
        keys(key)
        wait("another window", lambda: count_windows(bench) > n_before)
        keys(close)
        wait("one window less", lambda: count_windows(bench) == n_before)


def find_modes(window, space, names):
    window.go(space)
    return [window.get("page tab", name) for name in names]


def check_library(window):
    window.go("Library", "Grid")
    window.get("label", f"{N_TRACES} traces")
    point(window.get("image", "ipsec_"))  # the keys go to the grid from here on


def main():
    bench = Workbench()
    captures = sorted(glob.glob(os.path.join(bench.samples, "*.pcap")))[:N_TRACES]
    bench.arguments = captures
    counts = Counts(bench)
    with bench:
        window = bench.window
        step("library", check_library, window)
        step("traces", counts.same_after, N_OPENINGS, open_traces)
        step("spaces", counts.same_after, N_OPENINGS // 12, open_spaces)
        for space, names in (("Library", ("Captions", "Grid")), ("Trace", ("Control Map", "Repair", "View"))):
            modes = find_modes(window, space, names)
            step(f"modes of {space}", counts.same_after, N_OPENINGS // 5, open_modes, modes)
        for key in ("ctrl+comma", "ctrl+question"):
            step(key, counts.same_after, N_DIALOGS, open_windows, bench, key, "Escape")
        step("windows", counts.same_after, N_WINDOWS, open_windows, bench, "ctrl+shift+n", "ctrl+w")
        step("close", bench.close)


if __name__ == "__main__":
    main()
