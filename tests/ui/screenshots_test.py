# SPDX-License-Identifier: Apache-2.0
"""Every page as a picture, light and dark, wide and narrow, against the pictures in docs/screenshots,
which the README and the metainfo show. Fonts, theme and icons are pinned, animations are off. Where a
page looks different, PAGE.out.png, PAGE.ref.png and PAGE.diff.png lie in the folder that the message
names (TORCHLIGHT_SCREENSHOTS_OUT, else one below the system's temporary folder).

TORCHLIGHT_SCREENSHOTS=update renews the pictures: look at each before it is committed.

Arguments: the workbench, the source root.
"""

import os
import subprocess
import sys
import tempfile
import time

import cv2
import numpy

from at import Workbench, fail, point, wait, xdotool
from library_test import search

STYLES = ("light", "dark")
SIZES = {"wide": (1280, 800), "narrow": (400, 720)}
# Name of the picture; the space and the mode it shows.
PAGES = (
    ("welcome",),
    ("library", "Library", "Grid"),
    ("captions", "Library", "Captions"),
    ("trace", "Trace", "View"),
    ("map", "Trace", "Control Map"),
    ("repair", "Trace", "Repair"),
    ("train", "Fine-Tune"),
    ("generate", "Generate"),
    ("evaluate", "Evaluate"),
    ("learn", "Learn"),
)
TRACE = "none_web_http2_00003"  # the one that is opened
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
    command = ["xdotool", "search", "--onlyvisible", "--pid", str(process.pid)]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.split()
    return lines[-1] if lines else None


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


def open_samples(bench):
    """The sample project with one of its traces opened."""
    bench.window.click("push button", "Explore the Sample Project")
    bench.window.get("label", "27 traces")
    search(TRACE)  # in a narrow window it may be below
    bench.window.get("label", "1 of 27 traces")
    time.sleep(0.5)
    point(bench.window.get("image", TRACE), clicks=2)
    wait("the trace", lambda: bench.window.is_selected("page tab", "Trace"))
    bench.window.go("Library", "Grid")
    search("")
    bench.window.get("label", "27 traces")
    xdotool("mousemove", 0, 0)


def shoot(style, size, reference_dir, out, update):
    width, height = SIZES[size]
    problems = []
    with tempfile.TemporaryDirectory(prefix="torchlight-shots-") as folder:
        environment_of(folder)
        settings = f"style='{style}'\nwindow-width={width}\nwindow-height={height}"
        with Workbench(settings=settings, folder=folder) as bench:
            window = wait("the window", lambda: window_id(bench.process))
            for page, *place in PAGES:
                if page == "library":
                    open_samples(bench)
                if place:
                    bench.window.go(*place)
                name = f"{page}-{style}-{size}"
                picture = capture_settled(window, os.path.join(folder, name + ".png"))
                reference = os.path.join(reference_dir, name + ".png")
                if update:
                    cv2.imwrite(reference, picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
                else:
                    problem = compare(name, picture, reference, out)
                    problems += [problem] if problem else []
    return problems


def main():
    reference_dir = os.path.join(sys.argv[2], "docs", "screenshots")
    update = os.environ.get("TORCHLIGHT_SCREENSHOTS") == "update"
    out = os.environ.get("TORCHLIGHT_SCREENSHOTS_OUT") or os.path.join(
        tempfile.gettempdir(), "torchlight-screenshots"
    )
    os.makedirs(out, exist_ok=True)
    os.makedirs(reference_dir, exist_ok=True)
    problems = []
    for style in STYLES:
        for size in SIZES:
            start = time.monotonic()
            problems += shoot(style, size, reference_dir, out, update)
            print(f"{style} {size}: {time.monotonic() - start:.0f} s", flush=True)
    for problem in problems:
        print(problem)
    not problems or fail(f"{len(problems)} pages look different; see {out}")


if __name__ == "__main__":
    main()
