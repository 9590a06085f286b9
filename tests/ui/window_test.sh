#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A test of the window on a display and a bus of its own; skipped, by name, where a tool is missing.
# Arguments: the test (window_test.py), the workbench, the source root.
set -euo pipefail

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

for tool in Xvfb dbus-run-session python3 xdotool import; do
    command -v "$tool" >/dev/null || skip "$tool is not installed"
done
python=python3
"$python" -c 'import gi; gi.require_version("Atspi", "2.0")' 2>/dev/null || python=/usr/bin/python3
"$python" -c 'import gi; gi.require_version("Atspi", "2.0")' 2>/dev/null ||
    skip 'python3-gi or gir1.2-atspi-2.0 is not installed'

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# Of use to a sanitized build only: stacks that reach through the libraries to who is to blame.
export ASAN_OPTIONS=abort_on_error=1:fast_unwind_on_malloc=0:malloc_context_size=12
export LSAN_OPTIONS=print_suppressions=0:suppressions=$here/lsan.supp
unset NO_AT_BRIDGE GTK_A11Y WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS

# The server itself picks a display that is free, so that several of these can run at once. It must
# not start afresh (-noreset) when a first client, such as the accessibility bus, comes and goes.
number=$(mktemp)
Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp -noreset 3>"$number" 2>/dev/null &
server=$!
trap 'kill "$server" 2>/dev/null; rm -f "$number"' EXIT
for _ in {1..100}; do
    [[ -s $number ]] && break
    sleep 0.1
done
[[ -s $number ]] || skip 'Xvfb does not start'
DISPLAY=:$(<"$number")
export DISPLAY
dbus-run-session -- "$python" "$here/$1" "$2" "$3"
