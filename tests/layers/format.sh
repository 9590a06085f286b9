#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang-format leaves every C file as it is. Its releases differ in details, so the one of
# Debian 12 decides; with another this is skipped.
set -euo pipefail
cd -- "$1"
. tests/layers/files.sh

release=14
for formatter in "clang-format-$release" clang-format ''; do
    [[ -n $formatter ]] || skip "clang-format $release is not installed"
    "$formatter" --version 2>/dev/null | grep -q "version $release\." && break
done

mapfile -t code < <(files_of '*.c' '*.h')
while IFS= read -r file; do
    found_wrong "$file: not as \`clang-format -i\` (release $release) leaves it"
done < <(printf '%s\n' "${code[@]}" |
    { xargs -d '\n' -n 16 -P "$(nproc)" "$formatter" --dry-run --Werror 2>&1 >/dev/null || true; } |
    sed -n 's/^\([^: ]*\.[ch]\):[0-9]*:[0-9]*: error: .*/\1/p' | LC_ALL=C sort -u)
finish 'format' "${#code[@]}"
