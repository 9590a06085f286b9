#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How the workbench feels in the hand: start to the first painted frame, frame times, and how long the
# main loop is away, over scripted sessions with real pointer and key events under Xvfb (Cairo
# renderer). Arguments: the build folder, and perhaps sessions (start scroll trace train).
set -euo pipefail

build=$(cd -- "${1:?usage: workbench.sh BUILD [SESSION...]}" && pwd -P)
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
shift
python=python3
"$python" -c 'import gi; gi.require_version("Atspi", "2.0")' 2>/dev/null || python=/usr/bin/python3
export GSETTINGS_SCHEMA_DIR=$build/data
xvfb-run -a -s '-screen 0 1280x800x24' dbus-run-session -- \
    "$python" "$here/workbench.py" "$build/ui/torchlight-workbench" "$here/../.." "$@"
