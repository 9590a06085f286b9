#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# encode.sh BUILD CAPTURE [RUNS]: packets a second of `torchlight encode` and `dataset` beside
# `tcpdump -w /dev/null`, which does no more than read and copy. Each is run in turn, the best of
# RUNS is taken, and the CPU seconds count, so that neither the disk nor a neighbour does.
set -euo pipefail
torchlight=$1/app/cli/torchlight capture=$2 runs=${3:-3}
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

n_packets=$(capinfos -Mc "$capture" | sed -n 's/^Number of packets: *//p')

# CPU seconds of the command, user and system.
cpu_seconds() {
    local TIMEFORMAT='%U %S'
    { time "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2 && return 1; }; } 2>&1 |
        awk '{ if (NF != 2) { print > "/dev/stderr"; exit 1 } print $1 + $2 }'
}

encode_npy() { "$torchlight" encode "$capture" -o "$scratch/out.npy"; }
encode_csv() { "$torchlight" encode "$capture" -o "$scratch/out.csv" --layout nprint; }
draw_all() { rm -rf -- "$scratch/set" && "$torchlight" dataset "$capture" -o "$scratch/set"; }
read_only() { tcpdump -r "$capture" -w /dev/null; }

ways=(read_only encode_npy encode_csv draw_all)
says=('tcpdump -w /dev/null' 'encode to .npy' 'encode to nPrint CSV' 'dataset, pictures')
for ((run = 0; run < runs; run++)); do
    for way in "${!ways[@]}"; do
        seconds=$(cpu_seconds "${ways[way]}")
        if [[ -z ${best[way]:-} ]] || awk "BEGIN { exit !($seconds < ${best[way]}) }"; then
            best[way]=$seconds
        fi
    done
done

printf '%d packets of %s\n' "$n_packets" "${capture##*/}"
for way in "${!ways[@]}"; do
    awk -v says="${says[way]}" -v n="$n_packets" -v s="${best[way]}" -v t="${best[0]}" 'BEGIN {
        printf "%-22s %8.2f s CPU  %9.0f packets/s  1 : %.1f\n", says, s, n / s, s / t }'
done
