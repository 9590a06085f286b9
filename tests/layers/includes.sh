#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What may see what (docs/ARCHITECTURE.md), read off the #include lines: a folder sees the folders
# in its row of the table below and no other; a foreign library is seen from one place.
set -euo pipefail
cd -- "$1"
. tests/layers/files.sh

# Folder (longest prefix wins) and the folders of the project it may include from.
sees=(
    "app/trace     app/trace"
    "app/repair    app/trace app/repair"
    "app/dataset   app/trace app/repair app/dataset"
    "app/project   app/trace app/repair app/dataset app/project"
    "app/evaluate  app/trace app/repair app/dataset app/evaluate"
    "app/evaluate/learn  app/trace app/evaluate/learn"
    "app/plot      app/trace app/evaluate app/plot"
    "app/ranks     app/ranks"
    "app/jobs      app/trace app/repair app/dataset app/project app/evaluate app/plot app/ranks app/jobs compute"
    "app/cli       app/trace app/repair app/dataset app/project app/evaluate app/ranks app/jobs app/cli"
    "ui            app/trace app/repair app/dataset app/project app/evaluate app/plot app/jobs ui"
    "compute       compute shaders"
    "compute/cpu     compute shaders !compute/model !compute/sample !compute/train"
    "compute/vulkan  compute shaders !compute/model !compute/sample !compute/train"
    "compute/ops     compute shaders !compute/model !compute/sample !compute/train"
    "shaders       shaders"
    "tests         app compute ui shaders tests"
)

# Header of a foreign library (regular expression) and the only files that may include it.
only_from=(
    '^pcap(/.*)?\.h|^pcap-|^pcap/   ^app/trace/capture[a-z_]*\.c$'
    '^vulkan/|^vk_|^volk            ^compute/vulkan/'
    '^gtk/|^gdk/|^gsk/|^adwaita|^libadwaita   ^ui/|^tests/ui/'
    '^pango/                         ^app/jobs/grid_picture\.c$|^app/plot/|^ui/'
    '^mpi                            ^app/ranks/ranks_mpi\.c$'
    '^linear\.h                      ^app/evaluate/learn/linear_problem\.c$'
)

row_of() {
    local folder row best='' allowed=''
    for row in "${sees[@]}"; do
        folder=${row%% *}
        if [[ $1 == "$folder"/* && ${#folder} -gt ${#best} ]]; then
            best=$folder allowed=${row#* }
        fi
    done
    printf '%s' "$allowed"
}

# Whether the row in $2 lets the header $1 be seen.
may_see() {
    local folder yes=1
    for folder in $2; do
        if [[ $folder == '!'* ]]; then
            [[ $1 == "${folder#!}"/* ]] && return 1
        elif [[ $1 == "$folder"/* ]]; then
            yes=0
        fi
    done
    return $yes
}

n_includes=0
while IFS=: read -r file line include; do
    n_includes=$((n_includes + 1))
    header=${include#*[<\"]}
    header=${header%%[>\"]*}
    for rule in "${only_from[@]}"; do
        read -r pattern place <<<"$rule"
        if [[ $header =~ $pattern && ! $file =~ $place ]]; then
            found_wrong "$file:$line: <$header> belongs to files matching $place only"
        fi
    done
    [[ $include == *\"*\"* ]] || continue
    if [[ $header == *..* ]]; then
        found_wrong "$file:$line: \"$header\": include from the root, as \"app/trace/trace.h\""
    elif [[ $header == */* ]] && ! may_see "$header" "$(row_of "$file")"; then
        found_wrong "$file:$line: ${file%/*} may not see \"$header\""
    fi
done < <(files_of '*.c' '*.h' | xargs -d '\n' grep -nHE '^[[:space:]]*#[[:space:]]*include' || true)

finish 'layers' "$n_includes"
