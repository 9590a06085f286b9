# SPDX-License-Identifier: Apache-2.0
"""The library and its captions: a folder of captures becomes traces, words narrow the grid, several
are selected; their captions get a word by a chip, lose it by undo, are changed at once after a
preview, typed into, and exported as CSV.

Arguments: the workbench, the source root.
"""

import csv
import os
import sys
import time

from at import Atspi, Workbench, fail, point, press, set_text, step, text_of, wait, walk, xdotool

SLOW_S = 20


def label(window, text):
    return window.get("label", text, SLOW_S)


def check_import(window, n):
    window.go("Library", "Grid")
    label(window, f"{n} traces")


def search(text):
    """What is in the entry of the page gives way to another text."""
    press("f", control=True)
    time.sleep(0.2)
    press("a", control=True)
    xdotool("type", text)


def check_search(window):
    search("wireguard -dash")
    label(window, "3 of ")
    search("no such thing")
    window.click("push button", "Show All Traces")
    label(window, "27 traces")
    search("wireguard")
    label(window, "6 of ")


def check_selection(window):
    cell = wait(
        "a picture",
        lambda: next(
            (
                node
                for node in walk(window.application)
                if node.get_role_name() == "image" and node.get_name().startswith("wireguard_")
            ),
            None,
        ),
    )
    point(cell)
    label(window, " · 1 selected")
    press("a", control=True)
    label(window, " · 6 selected")


def check_tags(window):
    window.click("page tab", "Captions")
    label(window, "6 captions selected in the library")
    window.click("push button", "0 of 6 captions have “ipsec”")
    wait("the word", lambda: all("wireguard, ipsec, " in row for row in captions(window)))
    window.get("push button", "6 of 6 captions have “ipsec”")
    press("z", control=True)
    wait("the undone captions", lambda: all("ipsec" not in row for row in captions(window)))


def rows(window):
    """The rows of the list of captions; the list is looked for once, as all else takes seconds."""
    window.captions = getattr(window, "captions", None) or window.get("list", "Captions")
    return [
        node
        for node in walk(window.captions)
        if node.get_role_name() == "image" and " tokens" in node.get_name()
    ]


def captions(window):
    return [row.get_name() for row in rows(window)]


def in_dialog(window, role, name):
    """A node of the dialog that is open: all of the window takes seconds to be looked through."""

    def find():
        tops = window.toplevels()
        return len(tops) > 1 and next(
            (n for n in walk(tops[-1]) if n.get_role_name() == role and name in n.get_name()), None
        )

    return wait(f"{role} “{name}”", find)


def check_change(window):
    window.click("push button", "Change many captions")
    set_text(in_dialog(window, "text", "Find"), "wireguard")
    set_text(in_dialog(window, "text", "Replace With"), "lab tunnel")
    in_dialog(window, "label", "network data: lab tunnel, ")
    in_dialog(window, "label", "6 of 6 captions change.")
    all("wireguard" in row for row in captions(window)) or fail("changed before it was applied")
    Atspi.Action.do_action(in_dialog(window, "push button", "Apply"), 0)
    wait("the changed captions", lambda: all("lab tunnel, " in row for row in captions(window)))


def check_typing(window):
    row = next(row for row in rows(window) if "lab tunnel, voip" in row.get_name())
    point(row, clicks=2)
    editor = window.get("text", "Caption of wireguard_voip")
    wait("the text", lambda: "lab tunnel, voip" in text_of(editor))
    press("End", control=True)
    xdotool("type", ", typed")
    press("Return")
    wait("the typed word", lambda: any("rtp, typed" in text for text in captions(window)))


def choose(window, path):
    """Gives the file chooser that has come a path."""
    set_text(in_dialog(window, "text", ""), path)
    time.sleep(0.3)
    Atspi.Action.do_action(in_dialog(window, "push button", "Export"), 0)


def check_export(window, folder):
    path = os.path.join(folder, "captions.csv")
    node = window.get("push button", "Import and export captions")
    point(node)
    time.sleep(0.5)
    window.click("menu item", "Export as CSV…")
    choose(window, path)
    wait("the table", lambda: os.path.exists(path))
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # Of the one that is selected since it was typed into.
    caption = "pixelated network data: lab tunnel, voip, rtp, typed"
    rows == [{"file": "wireguard_voip_rtp_00001.png", "caption": caption}] or fail(str(rows))


def main():
    source = sys.argv[2]
    samples = os.path.join(source, "data", "samples")
    with Workbench(arguments=[samples]) as bench:
        window = bench.window
        step("import", check_import, window, 27)
        step("search", check_search, window)
        step("selection", check_selection, window)
        step("tags", check_tags, window)
        step("change", check_change, window)
        step("typing", check_typing, window)
        step("export", check_export, window, bench.folder)
        step("close", bench.close)


if __name__ == "__main__":
    main()
