#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How often the biggest host pair of labelled captures bears the name of its tunnel: a table of
# labels against names. Arguments: the command; a folder of captures; a CSV whose first columns are
# file and tunnel, with a header line.
set -euo pipefail

if (($# != 3)); then
    printf 'usage: tests/bench/tunnels.sh build/app/cli/torchlight CAPTURES labels.csv\n' >&2
    exit 2
fi
torchlight=$1
folder=$2

tail -n +2 -- "$3" | while IFS=, read -r file tunnel _; do
    [[ -e $folder/$file ]] || continue
    name=$("$torchlight" flows "$folder/$file" --by hosts -n 1 --format csv |
        awk -F, 'NR == 2 {print $(NF - 1)}')
    printf '%s %s\n' "$tunnel" "${name:-none}"
done | sort | uniq -c | awk '
    {total += $1
     if ($3 == $2 || ($2 == "openconnect" && $3 == "dtls-vpn")) right += $1
     else if ($3 != "ssh" && $3 != "unknown" && $3 != "none") wrong += $1
     printf "%-14s called %-14s %5d\n", $2, $3, $1}
    END {printf "%d captures: %d by their names, %d by a name that is wrong\n", total, right, wrong}'
