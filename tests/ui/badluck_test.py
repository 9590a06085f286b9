# SPDX-License-Identifier: Apache-2.0
"""Bad luck: files that cannot be imported, a project folder that goes away and comes back, a picture
that is gone, captions of any length and script, projects of a newer version or in use elsewhere.
Each time the window says what happened, and what was there is kept.

Arguments: the workbench, the source root.
"""

import fcntl
import json
import os
import shutil
import struct
import subprocess
import time
import zlib

from at import Workbench, fail, point, press, set_text, step, wait, walk

GOOD = "none_web_http2_00003"
CUT = "wireguard_voip_rtp_00001"
ARABIC = "pixelated network data: شبكة افتراضية, مكالمة"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, width, height):
    """A grey ramp: a picture, but no trace."""
    rows = b"".join(b"\0" + bytes(x * 255 // width for x in range(width)) for _ in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def make_files(bench):
    folder = os.path.join(bench.folder, "files")
    os.makedirs(folder)
    paths = [os.path.join(folder, name) for name in ("holiday.png", "nothing.pcap", f"{CUT}.pcap")]
    write_png(paths[0], 40, 30)
    with open(paths[1], "wb"):
        pass
    with open(os.path.join(bench.samples, f"{CUT}.pcap"), "rb") as source:
        whole = source.read()
    with open(paths[2], "wb") as file:
        file.write(whole[: len(whole) // 2 + 5])
    return [*paths, os.path.join(bench.samples, f"{GOOD}.pcap")]


def project_folder(bench):
    return os.path.join(bench.projects, os.listdir(bench.projects)[0])


def read_traces(folder):
    with open(os.path.join(folder, "project.json"), encoding="utf-8") as file:
        return {trace["name"]: trace for trace in json.load(file)["traces"]}


def say(bench, *words):
    """A label that has all of it."""

    def find():
        for node in walk(bench.window.application):
            name = node.get_name() if node.get_role_name() == "label" else ""
            if all(word in name for word in words):
                return name
        return None

    return wait(f"words of {words}", find)


def close_dialog():
    press("Escape")
    time.sleep(1)  # GTK 4.8 does not survive being asked about a window that is just going away


def check_import(bench):
    say(bench, "holiday.png", "nothing.pcap", f"{CUT}.pcap")
    close_dialog()
    folder = project_folder(bench)
    wait("what could be read", lambda: set(read_traces(folder)) == {CUT, GOOD})
    return folder


def open_trace(bench, name):
    bench.window.go("Library", "Grid")
    point(bench.window.get("image", name))
    press("Return")


def write_caption(bench, text):
    """In the entry of the trace page, at once, as pasting does."""
    set_text(bench.window.get("text", "Caption"), text)


def wait_for_caption(folder, caption):
    wait(
        f"a caption of {len(caption)} letters",
        lambda: read_traces(folder)[GOOD]["caption"].strip(" ,") == caption.strip(" ,"),
    )


def check_long_caption(bench, folder):
    """Pasted into the editor of the captions, and taken back."""
    before, caption = read_traces(folder)[GOOD]["caption"], "word, " * 17000
    bench.window.go("Library", "Captions")
    point(bench.window.get("image", GOOD), clicks=2)
    set_text(bench.window.get("text", f"Caption of {GOOD}"), caption)
    press("Return")
    wait_for_caption(folder, caption)
    press("z", control=True)
    wait_for_caption(folder, before)


def check_captions(bench, folder):
    open_trace(bench, GOOD)
    bench.window.get("label", "1024 packets", 60)
    write_caption(bench, ARABIC)
    wait_for_caption(folder, ARABIC)


def check_lost_folder(bench, folder):
    """Nothing can be saved for a while."""
    away = folder + " away"
    os.rename(folder, away)
    write_caption(bench, "written meanwhile")
    say(bench, "Cannot write", "project.json")
    os.rename(away, folder)
    wait("what was written", lambda: read_traces(folder)[GOOD]["caption"] == "written meanwhile")
    wait("no banner", lambda: not bench.window.find("label", "Cannot write"))


def check_lost_picture(bench, folder):
    os.remove(os.path.join(folder, read_traces(folder)[CUT]["file"]))
    open_trace(bench, CUT)
    say(bench, "Cannot read", f"{CUT}.png")
    close_dialog()


def open_project(bench, folder):
    """As a file manager does: the program that runs already opens it."""
    subprocess.run([bench.binary, folder], env=bench.environment(), check=True, timeout=60)


def check_newer(bench, folder):
    newer = os.path.join(bench.folder, "newer")
    shutil.copytree(folder, newer)
    path = os.path.join(newer, "project.json")
    with open(path, encoding="utf-8") as file:
        project = json.load(file)
    project["version"] = 99
    with open(path, "w", encoding="utf-8") as file:
        json.dump(project, file)
    with open(path, "rb") as file:
        before = file.read()
    open_project(bench, newer)
    say(bench, "A newer version of Torchlight wrote this project")
    with open(path, "rb") as file:
        file.read() == before or fail("a project of a newer version was written to")


def check_locked(bench, folder):
    locked = os.path.join(bench.folder, "locked")
    shutil.copytree(folder, locked)
    with open(os.path.join(locked, ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        open_project(bench, locked)
        say(bench, f"Another Torchlight (process {os.getpid()}) has this project open")


def main():
    bench = Workbench()
    bench.arguments = make_files(bench)
    with bench:
        folder = step("import", check_import, bench)
        step("long caption", check_long_caption, bench, folder)
        step("captions", check_captions, bench, folder)
        step("lost folder", check_lost_folder, bench, folder)
        step("lost picture", check_lost_picture, bench, folder)
        step("newer", check_newer, bench, folder)
        step("locked", check_locked, bench, folder)
        step("close", bench.close)


if __name__ == "__main__":
    main()
