#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone, and with nothing on its include path that its layer may not see.
# Arguments: source root, build root, the compiler.
set -euo pipefail
cd -- "$1"
build=$2
shift 2
. tests/layers/files.sh

base=$(pkg-config --cflags glib-2.0 gobject-2.0 gio-2.0 gio-unix-2.0 json-glib-1.0)
flags=(-std=gnu17 -D_GNU_SOURCE '-DGETTEXT_PACKAGE="torchlight"' -Wall -Wextra -Wundef
    -Wstrict-prototypes -Wno-unused-parameter -Wno-missing-field-initializers -Werror)

n_headers=0
while IFS= read -r header; do
    extra=''
    case $header in
    ui/* | tests/ui/*)
        pkg-config --exists gtk4 libadwaita-1 || continue
        extra=$(pkg-config --cflags gtk4 libadwaita-1)
        ;;
    app/plot/*) extra=$(pkg-config --cflags pangocairo) ;;
    compute/vulkan/*) extra=$(pkg-config --cflags vulkan) ;;
    esac
    n_headers=$((n_headers + 1))
    # shellcheck disable=SC2086 # pkg-config's answer is several words
    if ! printf '#include "%s"\n' "$header" |
        "$@" "${flags[@]}" -I. -I"$build" $base $extra -fsyntax-only -x c -; then
        found_wrong "$header does not compile alone"
    fi
done < <(files_of '*.h')

finish 'headers' "$n_headers"
