# SPDX-License-Identifier: Apache-2.0
"""The page Fine-Tune: a training of two pictures is set up by hand, paused, resumed, stopped and
kept; its LoRA is renamed; another is cancelled, goes on, and after a crash is found again and
goes on from its checkpoint.

Arguments: the workbench, the source root.
"""

import copy
import json
import os
import struct
import subprocess

from at import Atspi, Workbench, fail, point, press, set_text, set_value, step, wait, walk

# The samples it learns from, and one that it must leave out.
TRACES = [
    ("none_web_http2_00003", "no vpn, web, http2"),
    ("wireguard_web_http2_00003", "wireguard, web, http2"),
    ("none_dns_udp53_00001", "no vpn, dns, udp53"),
]
PREFIX = "pixelated network data: "


def make_project(bench):
    """As the command makes pictures, with a project.json around them."""
    torchlight = os.path.join(os.path.dirname(bench.binary), "..", "app", "cli", "torchlight")
    folder = os.path.join(bench.folder, "project")
    os.makedirs(os.path.join(folder, "pictures"))
    records = []
    for name, words in TRACES:
        file = os.path.join("pictures", name + ".png")
        capture = os.path.join(bench.samples, name + ".pcap")
        command = [torchlight, "encode", capture, "-o", os.path.join(folder, file), "--json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=bench.environment())
        with open(os.path.join(folder, file[:-4] + ".txt"), "w", encoding="utf-8") as text:
            text.write(PREFIX + words)
        records.append({"id": name, "name": name, "file": file, "caption": PREFIX + words})
    project = {"format": "torchlight-project", "version": 1, "name": "Test", "traces": records}
    with open(os.path.join(folder, "project.json"), "w", encoding="utf-8") as file:
        json.dump(project, file)
    return folder


def read_project(folder, member):
    with open(os.path.join(folder, "project.json"), encoding="utf-8") as file:
        return json.load(file).get(member, [])


def metadata_of(path):
    """The metadata of a safetensors file."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(size))["__metadata__"]


def find_starting(window, role, name):
    return wait(
        f"{role} “{name}…”",
        lambda: next(
            (
                node
                for node in walk(window.application)
                if node.get_role_name() == role and node.get_name().startswith(name)
            ),
            None,
        ),
    )


def page_of(window):
    """The window as far as the page reaches: looking through that is quicker."""
    window.click("page tab", "Fine-Tune")
    page = copy.copy(window)
    page.application = find_starting(window, "filler", "TorchlightTrainPage")
    return page


def set_up(window, name, steps):
    window.click("page tab", "Set Up")
    set_text(window.get("text", "Name of the LoRA"), name)
    for setting, value in (("Steps", steps), ("Rows", 16), ("Warmup", 0), ("Rank", 1)):
        set_value(find_starting(window, "spin button", setting), value)
    for setting, value in (("Checkpoint every", 2), ("Preview every", 50), ("Preview steps", 1)):
        set_value(find_starting(window, "spin button", setting), value)
    window.get("label", "Will take about")


def choose_web(window):
    point(window.get("combo box", "Learn From"))
    window.get("label", "Selected in the Library")
    for key in ("Down", "Down", "Return"):
        press(key)
    set_text(window.get("text", "Words that captions must have"), "web")
    window.get("label", "2 pictures")


def check_stop_and_keep(window, folder):
    set_up(window, "Web", 100000)
    choose_web(window)
    window.get("label", "Will take about")
    window.click("push button", "Start Training")
    window.get("label", "Loss ")
    window.click("push button", "Pause")
    paused = window.get("label", "Paused at step").get_name()
    window.click("push button", "Resume")
    wait("steps after the pause", lambda: not window.find("label", paused))
    window.click("push button", "Stop and Keep")
    window.get("label", "Stopped and kept")
    record = wait("the LoRA in the project", lambda: read_project(folder, "loras"))[0]
    metadata = metadata_of(os.path.join(folder, record["file"]))
    metadata["ss_num_train_images"] == "2" or fail(f"{metadata['ss_num_train_images']} pictures")
    int(metadata["ss_steps"]) == record["steps"] > 0 or fail(f"{record['steps']} steps")
    record["words"].startswith("http2, web") or fail(record["words"])
    os.path.exists(os.path.join(folder, record["preview"])) or fail("no picture for the card")


def open_menu(window, name):
    """The button within the menu button is what takes the click."""
    button = wait(
        name,
        lambda: next(
            (
                node
                for node in walk(window.application)
                if name in node.get_name() and Atspi.Action.get_n_actions(node) > 0
            ),
            None,
        ),
    )
    Atspi.Action.do_action(button, 0)


def check_rename(page, window, folder):
    page.click("push button", "Show LoRA")
    open_menu(page, "Menu of “Web”")
    page.click("menu item", "Rename…")
    set_text(window.get("text", "New name"), "Browsing")
    window.click("push button", "Rename")
    wait("the new name", lambda: read_project(folder, "loras")[0]["name"] == "Browsing")


def check_delete(page, window, folder):
    file = os.path.join(folder, read_project(folder, "loras")[0]["file"])
    open_menu(page, "Menu of “Browsing”")
    page.click("menu item", "Delete")
    wait("the LoRA gone", lambda: not read_project(folder, "loras") and not os.path.exists(file))
    window.click("push button", "Undo")
    wait("the LoRA back", lambda: read_project(folder, "loras") and os.path.exists(file))


def check_cancel(page, window):
    set_up(page, "Long", 100000)
    page.click("push button", "Start Training")
    page.get("label", "Loss ")
    page.click("push button", "Cancel…")
    window.click("push button", "Cancel Training")
    page.get("label", "Interrupted at step")
    page.click("push button", "Resume at Step")
    page.get("push button", "Stop and Keep")


def check_resume(bench):
    window = page_of(bench.start())
    window.click("page tab", "Trainings")
    window.click("push button", "Resume at Step")
    window.get("label", "Loss ")
    window.click("push button", "Stop and Keep")
    window.get("label", "Stopped and kept")


def main():
    bench = Workbench()
    folder = make_project(bench)
    bench.arguments = [folder]
    with bench:
        page = page_of(bench.window)
        step("stop and keep", check_stop_and_keep, page, folder)
        step("rename", check_rename, page, bench.window, folder)
        step("delete and undo", check_delete, page, bench.window, folder)
        step("cancel", check_cancel, page, bench.window)
        wait("the run in the project", lambda: read_project(folder, "runs")[1:])
        bench.kill()
        step("resume after a crash", check_resume, bench)
        len(wait("both", lambda: read_project(folder, "loras")[1:])) == 1 or fail("no second LoRA")


if __name__ == "__main__":
    main()
