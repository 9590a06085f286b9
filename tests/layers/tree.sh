#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tree as a whole: licence lines, length of files, no paths of somebody's machine, total size,
# and every file with strings for people in po/POTFILES.in.
set -euo pipefail
cd -- "$1"
. tests/layers/files.sh

max_lines=500
max_tree=$((80 * 1024 * 1024)) # bytes

mapfile -t all < <(files_of '*')
mapfile -t code < <(files_of '*.c' '*.h' '*.comp' '*.glsl')
mapfile -t text < <(grep -IlE . "${all[@]}")

for file in "${code[@]}"; do
    n_lines=$(wc -l <"$file")
    ((n_lines <= max_lines)) || found_wrong "$file: $n_lines lines, more than $max_lines"
done

while IFS= read -r file; do
    head -n 5 -- "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
        found_wrong "$file: no SPDX line at the top"
done < <(printf '%s\n' "${code[@]}" && files_of '*meson.build' '*.sh' '*.py' 'run' '.ci/run')

# A place on one machine means nothing on the next. (Written apart, so as not to find itself.)
places='(^|[^[:alnum:]_.$}-])/(w''ork|r''oot|h''ome|m''nt|tmp/l''ab)/'
while IFS= read -r line; do
    found_wrong "absolute path of one machine: ${line:0:120}"
done < <(grep -nHE "$places" "${text[@]}" || true)

n_bytes=$(stat -c %s -- "${all[@]}" | awk '{ n += $1 } END { printf "%d", n }')
((n_bytes <= max_tree)) || found_wrong "the tree holds $n_bytes bytes, more than $max_tree"

mapfile -t listed < <(grep -vE '^(#|$)' po/POTFILES.in)
for file in "${listed[@]}"; do
    [[ -f $file ]] || found_wrong "po/POTFILES.in lists $file, which is not there"
done
while IFS= read -r file; do
    grep -qxF -- "$file" po/POTFILES.in ||
        found_wrong "$file holds strings for people and is not in po/POTFILES.in"
done < <({ files_of 'ui/*.[ch]' 'app/*.[ch]' 'compute/*.[ch]' |
    xargs -r -d '\n' grep -lE '(^|[^[:alnum:]_])(N?C?_|ngettext) ?\(' || true; } &&
    { files_of 'ui/*.ui' | xargs -r -d '\n' grep -l 'translatable="' || true; } &&
    files_of 'data/*.desktop.in' 'data/*.metainfo.xml.in' 'data/*.gschema.xml')

finish 'tree' "${#all[@]}"
