# SPDX-License-Identifier: Apache-2.0
"""The page Control Map: thresholds change the edges, a stroke of the pointer and one of the keyboard
are in the file that the project keeps, undo restores its pixels and redo brings them back; a map is
deleted and comes back; all is there again after a crash."""

import json
import os
import subprocess
import time
import zlib

from at import Atspi, Workbench, click, fail, press, set_value, step, wait, walk


def make_project(bench):
    """As the command makes pictures, with a project.json around them."""
    torchlight = os.path.join(os.path.dirname(bench.binary), "..", "app", "cli", "torchlight")
    folder = os.path.join(bench.folder, "project")
    os.makedirs(os.path.join(folder, "pictures"))
    capture = os.path.join(bench.samples, "none_web_http2_00003.pcap")
    command = [torchlight, "encode", capture, "-o", os.path.join(folder, "pictures", "web.png")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=bench.environment())
    trace = {"id": "t1", "name": "web", "file": "pictures/web.png", "caption": "a, b"}
    project = {"format": "torchlight-project", "version": 1, "name": "Test", "traces": [trace]}
    with open(os.path.join(folder, "project.json"), "w", encoding="utf-8") as file:
        json.dump(project, file)
    return folder


def read_maps(folder):
    with open(os.path.join(folder, "project.json"), encoding="utf-8") as file:
        return json.load(file).get("maps", [])


def read_pixels(path):
    """Of a grey PNG without filters, as the project writes its maps; None while it is not there."""
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        data = file.read()
    at, packed, width = 8, b"", 0
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind == b"IHDR":
            width = int.from_bytes(data[at + 8 : at + 12], "big")
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + size]
        at += size + 12
    rows = zlib.decompress(packed)
    return [rows[i + 1 : i + 1 + width] for i in range(0, len(rows), width + 1)]


def pointer(*arguments):
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def extents(window, node):
    """On the screen, in whose middle the window stands (without a window manager)."""
    size = subprocess.run(["xdotool", "getdisplaygeometry"], capture_output=True, text=True)
    width, height = map(int, size.stdout.split())
    frame = Atspi.Component.get_extents(window.toplevels()[0], Atspi.CoordType.WINDOW)
    place = Atspi.Component.get_extents(node, Atspi.CoordType.WINDOW)
    return (
        place.x + (width - frame.width) // 2,
        place.y + (height - frame.height) // 2,
        place.width,
        place.height,
    )


def open_map(bench):
    window = bench.window
    cells = lambda: [n for n in walk(window.application) if n.get_role_name() == "table cell"]
    wait("the trace in the library", cells)
    x, y, width, height = wait(
        "the trace's place", lambda: extents(window, cells()[0]) if cells() else None
    )
    pointer("mousemove", x + width // 2, y + height // 2)
    pointer("click", "--repeat", 2, "--delay", 80, 1)
    window.click("page tab", "Control Map")
    return window.get("image", "Control map")


def number_of(label):
    return int(label.get_name().split()[0].replace(",", ""))


def check_thresholds(window, folder, undo):
    label = window.get("label", "on an edge")
    before = number_of(label)
    low, high = (
        window.get("slider", name) for name in ("An edge goes on above", "An edge begins above")
    )
    set_value(high, 500)
    wait("fewer edges", lambda: number_of(label) < before)
    set_value(high, 40)
    wait("low to follow high", lambda: Atspi.Value.get_current_value(low) == 40)
    wait("more edges", lambda: number_of(label) > before)
    while "Change Thresholds" in undo.get_name():  # in quick succession it is one edit
        click(undo)
        time.sleep(0.2)
    wait("the edges of before", lambda: number_of(label) == before)
    wait("no map to be left", lambda: not read_maps(folder))


def check_strokes(window, folder, canvas, undo, redo):
    path = os.path.join(folder, "maps", "web.png")
    x, y, width, height = extents(window, canvas)
    set_value(window.get("spin button", "Brush size"), 5)
    pointer("mousemove", x + width // 2, y + height // 2, "mousedown", 1)
    pointer("mousemove_relative", 60, 30, "mouseup", 1)
    wait("the map in the project", lambda: read_maps(folder))
    drawn = wait("the map's file", lambda: read_pixels(path))
    click(undo)
    wait("the stroke undone", lambda: not read_maps(folder))
    click(redo)
    wait("the stroke again", lambda: read_maps(folder) and read_pixels(path) == drawn)
    return path, drawn


def check_keyboard(path, drawn):
    """A line of the eraser by keys alone, from where the pointer left the cursor."""
    press("e")
    press("space")
    for _ in range(4):
        press("Left", shift=True)
    press("space")
    erased = wait(
        "the erased line",
        lambda: read_pixels(path) if read_pixels(path) != drawn else None,
    )
    press("z", control=True)
    wait("the line undone", lambda: read_pixels(path) == drawn)
    press("z", control=True, shift=True)
    wait("the line again", lambda: read_pixels(path) == erased)
    return erased


def check_next_start(bench, path, erased):
    """After a crash: the same map, which can be worked on."""
    bench.kill()
    bench.start()
    open_map(bench)
    bench.window.click("push button", "Invert")
    inverted = [bytes(255 - value for value in row) for row in erased]
    wait("the inverted map", lambda: read_pixels(path) == inverted)


def main():
    with Workbench(settings="window-width=1280\nwindow-height=800") as bench:
        bench.close()
        folder = make_project(bench)
        bench.arguments = [folder]
        bench.start()
        canvas = step("open", open_map, bench)
        undo, redo = (bench.window.find("push button", name, False) for name in ("Undo", "Redo"))
        step("thresholds", check_thresholds, bench.window, folder, undo)
        path, drawn = step("strokes", check_strokes, bench.window, folder, canvas, undo, redo)
        erased = step("keyboard", check_keyboard, path, drawn)
        step("next start", check_next_start, bench, path, erased)
        step("close", bench.close)


if __name__ == "__main__":
    main()
