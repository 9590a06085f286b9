# SPDX-License-Identifier: Apache-2.0
"""Every page as a picture, light and dark, wide and narrow, against the pictures in docs/screenshots,
which the README and the metainfo show. Fonts, theme and icons are pinned, animations are off. Where a
page looks different, PAGE.out.png, PAGE.ref.png and PAGE.diff.png lie in the folder that the message
names (TORCHLIGHT_SCREENSHOTS_OUT, else one below the system's temporary folder).

TORCHLIGHT_SCREENSHOTS=update renews the pictures: look at each before it is committed.

Arguments: the workbench, the source root.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import cv2
import numpy

from at import Workbench, fail, point, press, wait, xdotool
from library_test import search

STYLES = ("light", "dark")
SIZES = {"wide": (1280, 800), "narrow": (400, 720)}
# Name of the picture, the space and the mode it shows, and the trace that is opened before.
PAGES = (
    ("library", "Library", "Grid", None),
    ("captions", "Library", "Captions", None),
    ("trace", "Trace", "View", "none_web_http2_00003"),
    ("map", "Trace", "Control Map", None),
    ("repair", "Trace", "Repair", "Seed 41"),
    ("train", "Fine-Tune", None, None),
    ("generate", "Generate", None, None),
    ("evaluate", "Evaluate", None, None),
    ("learn", "Learn", None, None),
)
# tests/ui/generated: file, words, seed
GENERATED = (
    ("web", "no vpn, web, http2", 41),
    ("wireguard", "wireguard, web, http2", 42),
    ("dash", "no vpn, dash, 1080, http1.1", 43),
    ("voip", "no vpn, voip, rtp", 44),
)
# Of text that another release of the font renderer draws a little differently.
MAX_SHARE = 0.01  # of the pixels may differ
MAX_LEVELS = 48  # by more than this

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts/opentype/cantarell</dir>
  <dir>/usr/share/fonts/truetype/dejavu</dir>
  <cachedir>{cache}</cachedir>
  <alias><family>sans-serif</family><prefer><family>Cantarell</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
"""
GTK = """[Settings]
gtk-font-name=Cantarell 11
gtk-icon-theme-name=Adwaita
gtk-enable-animations=false
gtk-cursor-blink=false
gtk-xft-dpi=98304
gtk-xft-antialias=1
gtk-xft-hinting=0
gtk-xft-rgba=none
"""


def window_id(process):
    """Of its largest window: tooltips are windows, too."""
    ids = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--pid", str(process.pid)],
        capture_output=True,
        text=True,
    ).stdout.split()

    def area(window):
        lines = xdotool("getwindowgeometry", "--shell", window).split()
        values = dict(line.split("=") for line in lines)
        return int(values["WIDTH"]) * int(values["HEIGHT"])

    return max(ids, key=area) if ids else None


def capture(window, path):
    subprocess.run(["import", "-window", window, "-depth", "8", path], check=True)
    return cv2.imread(path, cv2.IMREAD_COLOR)


def capture_settled(window, path, timeout_s=30):
    """The page once it does not change any more: work on threads is done, nothing moves."""
    end = time.monotonic() + timeout_s
    before = None
    while time.monotonic() < end:
        time.sleep(0.4)
        now = capture(window, path)
        if before is not None and before.shape == now.shape and not numpy.any(before != now):
            return now
        before = now
    return fail(f"{os.path.basename(path)} does not come to rest in {timeout_s} s")


def differing(a, b):
    if a.shape != b.shape:
        return 1.0, None
    levels = numpy.abs(a.astype(int) - b.astype(int)).max(axis=2)
    return float((levels > MAX_LEVELS).mean()), levels


def compare(name, picture, reference, out):
    """A sentence where it looks different, else None."""
    if not os.path.exists(reference):
        cv2.imwrite(os.path.join(out, name + ".out.png"), picture)
        return f"{name}: there is no {reference}"
    expected = cv2.imread(reference, cv2.IMREAD_COLOR)
    share, levels = differing(picture, expected)
    if share <= MAX_SHARE:
        return None
    cv2.imwrite(os.path.join(out, name + ".out.png"), picture)
    cv2.imwrite(os.path.join(out, name + ".ref.png"), expected)
    if levels is not None:
        cv2.imwrite(os.path.join(out, name + ".diff.png"), numpy.clip(levels * 4, 0, 255))
    return f"{name}: {share:.1%} of its pixels differ (at most {MAX_SHARE:.0%} may)"


def environment_of(folder):
    config = os.path.join(folder, "config", "gtk-4.0")
    os.makedirs(config)
    with open(os.path.join(config, "settings.ini"), "w", encoding="utf-8") as file:
        file.write(GTK)
    fonts = os.path.join(folder, "fonts.conf")
    with open(fonts, "w", encoding="utf-8") as file:
        file.write(FONTS.format(cache=os.path.join(folder, "fontcache")))
    os.environ.update(
        FONTCONFIG_FILE=fonts, LC_ALL="C.UTF-8", TZ="UTC", GDK_SCALE="1", ADW_DISABLE_PORTAL="1"
    )


def make_project(folder):
    """The sample project, with traces that the bundled model drew."""
    workbench, source = sys.argv[1:3]
    torchlight = os.path.join(os.path.dirname(workbench), "..", "app", "cli", "torchlight")
    environment = dict(os.environ, TORCHLIGHT_DATADIR=os.path.join(source, "data"))
    command = [torchlight, "project", "sample", folder]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    path = os.path.join(folder, "project.json")
    with open(path, encoding="utf-8") as file:
        project = json.load(file)
    for name, words, seed in GENERATED:
        picture = os.path.join("pictures", f"generated-{name}.png")
        shutil.copy(
            os.path.join(source, "tests", "ui", "generated", name + ".png"),
            os.path.join(folder, picture),
        )
        caption = "pixelated network data: " + words
        record = {"id": f"g{seed}", "name": f"Seed {seed}", "file": picture}
        settings = {"prompt": caption, "steps": 20, "seed": str(seed)}
        record.update(caption=caption, origin="generated", seed=str(seed), settings=settings)
        project["traces"].append(record)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(project, file)


def open_trace(window, name):
    """By the search, as in a narrow window it may be below."""
    window.go("Library", "Grid")
    time.sleep(0.5)
    search(name)
    cell = wait("its picture", lambda: window.find("label", "1 of ") and window.find("image", name))
    time.sleep(0.5)
    point(cell, clicks=2)
    wait("the trace", lambda: window.is_selected("page tab", "Trace"))
    window.go("Library", "Grid")
    time.sleep(0.5)
    press("f", control=True)
    press("a", control=True)
    press("BackSpace")
    press("Escape")
    wait("all of them", lambda: not window.find("label", "1 of "))
    xdotool("mousemove", 0, 0)


def prepare(window, page, trace):
    if trace:
        open_trace(window, trace)
    if page == "captions":  # of all traces
        window.get("label", "captions")
    if page == "evaluate":
        window.go("Evaluate")
        window.click("push button", "Compute Figures")
        window.get("image", "Packet sizes", 60)


def shoot_page(name, window, folder, reference_dir, out):
    """A sentence where it looks different, else None; without an out it becomes the reference."""
    picture = capture_settled(window, os.path.join(folder, name + ".png"))
    reference = os.path.join(reference_dir, name + ".png")
    if out:
        return compare(name, picture, reference, out)
    cv2.imwrite(reference, picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    return None


def shoot(style, size, project, reference_dir, out):
    width, height = SIZES[size]
    problems = []
    with tempfile.TemporaryDirectory(prefix="torchlight-shots-") as folder:
        environment_of(folder)
        settings = f"style='{style}'\nwindow-width={width}\nwindow-height={height}"
        mine = shutil.copytree(project, os.path.join(folder, "Samples"))
        bench = Workbench(settings=settings, folder=folder)
        with bench:
            window = wait("the window", lambda: window_id(bench.process))
            name = f"welcome-{style}-{size}"
            problems.append(shoot_page(name, window, folder, reference_dir, out))
            bench.close()
            bench.arguments = [mine]
            bench.start()
            bench.window.get("label", "31 traces")
            window = wait("the window", lambda: window_id(bench.process))
            for page, space, mode, trace in PAGES:
                prepare(bench.window, page, trace)
                bench.window.go(space, mode)
                name = f"{page}-{style}-{size}"
                problems.append(shoot_page(name, window, folder, reference_dir, out))
    return [problem for problem in problems if problem]


def main():
    reference_dir = os.path.join(sys.argv[2], "docs", "screenshots")
    update = os.environ.get("TORCHLIGHT_SCREENSHOTS") == "update"
    out = os.environ.get("TORCHLIGHT_SCREENSHOTS_OUT") or os.path.join(
        tempfile.gettempdir(), "torchlight-screenshots"
    )
    os.makedirs(out, exist_ok=True)
    os.makedirs(reference_dir, exist_ok=True)
    problems = []
    with tempfile.TemporaryDirectory(prefix="torchlight-shots-") as folder:
        project = os.path.join(folder, "Samples")
        make_project(project)
        for style in STYLES:
            for size in SIZES:
                start = time.monotonic()
                problems += shoot(style, size, project, reference_dir, None if update else out)
                print(f"{style} {size}: {time.monotonic() - start:.0f} s", flush=True)
    for problem in problems:
        print(problem)
    not problems or fail(f"{len(problems)} pages look different; see {out}")


if __name__ == "__main__":
    main()
