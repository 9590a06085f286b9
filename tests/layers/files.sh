# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by the checks of this folder: which files there are to check, and how to say what is
# wrong. Sourced with the source root as the working directory.

# Files of the project that match the patterns, one a line: those git tracks, or, in an unpacked
# archive, all but build folders.
files_of() {
    if git ls-files --error-unmatch meson.build >/dev/null 2>&1; then
        git ls-files -- "$@"
    else
        local pattern names=()
        for pattern in "$@"; do names+=(-o -path "./$pattern"); done
        find . \( -path './build*' -o -path './.git' -o -path './demo' \) -prune -o \
            -type f \( "${names[@]:1}" \) -print | sed 's|^\./||'
    fi | while IFS= read -r file; do [[ -f $file ]] && printf '%s\n' "$file"; done | LC_ALL=C sort -u
}

wrong=0

# One finding; the check goes on, to name them all.
found_wrong() {
    printf '%s\n' "$*"
    wrong=$((wrong + 1))
}

skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

# Ends the check: a line for the log, status 1 where anything was wrong.
finish() {
    printf '%s: %d wrong of %d\n' "$1" "$wrong" "$2"
    [[ $2 -gt 0 ]] || { printf 'nothing was checked: the check itself is broken\n' && exit 1; }
    ((wrong == 0))
}
