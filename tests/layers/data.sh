#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is installed beside the programs is valid: one case a call.
# Arguments: source root, build root, case.
set -euo pipefail
cd -- "$1"
build=$2
. tests/layers/files.sh
id=io.github.torchlight.Torchlight

needs() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

case $3 in
desktop)
    needs desktop-file-validate
    desktop-file-validate "$build/data/$id.desktop"
    ;;
metainfo)
    needs appstreamcli
    appstreamcli validate --no-net --pedantic --explain "$build/data/$id.metainfo.xml"
    ;;
gschema)
    needs glib-compile-schemas
    glib-compile-schemas --strict --dry-run data
    ;;
xml)
    needs xmllint
    files_of '*.svg' '*.ui' '*.xml' | xargs -r -d '\n' xmllint --noout
    ;;
shell)
    needs shellcheck
    shellcheck -x run .ci/run tests/layers/*.sh tests/fuzz/*.sh
    ;;
manifest)
    python3 -c 'import yaml' 2>/dev/null || skip 'python3-yaml is not installed'
    python3 - "flatpak/$id.yml" "$id" <<'PYTHON'
import sys, yaml
manifest = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
assert manifest["id"] == sys.argv[2], "id"
assert manifest["command"] == "torchlight-workbench", "command"
assert manifest["runtime"] == "org.gnome.Platform" and manifest["sdk"] == "org.gnome.Sdk", "runtime"
names = [module["name"] for module in manifest["modules"]]
assert names[-1] == "torchlight" and "libpcap" in names, names
for module in manifest["modules"]:
    for source in module["sources"]:
        assert source["type"] == "dir" or "sha256" in source or "commit" in source or "tag" in source, source
PYTHON
    if command -v flatpak-builder >/dev/null; then
        flatpak-builder --show-manifest "flatpak/$id.yml" >/dev/null
    fi
    ;;
po)
    needs msgfmt
    # A message cut at a macro, as in _("%" G_GSIZE_FORMAT " bytes"), can never be translated.
    while IFS= read -r line; do
        found_wrong "$line"
    done < <(xgettext --from-code=UTF-8 --keyword=_ --keyword=N_ --files-from=po/POTFILES.in \
        --flag=g_set_error:4:c-format --flag=cli_say:2:c-format --flag=cli_note:2:c-format \
        --flag=cli_usage:2:c-format -o /dev/null 2>&1 | grep 'not a valid C format' || true)
    while IFS= read -r language; do
        msgfmt --check --statistics -o /dev/null "po/$language.po"
        msgfmt --statistics -o /dev/null "po/$language.po" 2>&1 |
            grep -qE 'fuzzy|untranslated' && found_wrong "po/$language.po is not complete"
    done < <(grep -vE '^(#|$)' po/LINGUAS)
    ((wrong == 0))
    ;;
samples)
    # Every capture has a caption made of words of the vocabulary, and every caption a capture.
    python3 - <<'PYTHON'
import csv, os, sys
folder = "data/samples"
captures = {name for name in os.listdir(folder) if name.endswith(".pcap")}
with open("data/captions/vocabulary.txt", encoding="utf-8") as file:
    words = {tuple(line.rstrip("\n").split("\t")) for line in file if not line.startswith("#")}
with open(f"{folder}/captions.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
assert len(captures) >= 12 and {row["file"] for row in rows} == captures, "files and rows differ"
assert len({row["caption"] for row in rows}) >= 6, "too few classes"
for row in rows:
    named = [(axis, row[axis]) for axis in ("tunnel", "app", "quality", "transport") if row[axis]]
    named = [("tunnel", "no vpn") if pair == ("tunnel", "none") else pair for pair in named]
    assert all(pair in words for pair in named), row
    caption = "pixelated network data: " + ", ".join(word for _, word in named)
    assert row["caption"] == caption, f"{row['file']}: {row['caption']!r} is not {caption!r}"
size = sum(os.path.getsize(f"{folder}/{name}") for name in captures)
assert size < 3_000_000, f"{size} bytes of samples"
PYTHON
    ;;
*)
    printf 'no such case: %s\n' "$3"
    exit 1
    ;;
esac
