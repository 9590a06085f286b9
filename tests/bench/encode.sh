#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# encode.sh BUILD CAPTURE [RUNS]: `torchlight encode` and `dataset` beside `tcpdump -w /dev/null`,
# which does no more than read and copy. All are run in turn, RUNS times (5), and write to /dev/null,
# so that no disk counts, but for pictures, which go into $TMPDIR. Printed are medians: wall and CPU
# seconds, packets a CPU second, the wall time and CPU time in terms of tcpdump's, and peak memory.
# Needs tcpdump, capinfos and /usr/bin/time (Debian: tcpdump, wireshark-common, time).
set -euo pipefail
torchlight=$1/app/cli/torchlight capture=$2 runs=${3:-5}
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
# nPrint 1.2.1 in CPU time on a machine of this kind, packets a second.
nprint=15700

n_packets=$(capinfos -Mc "$capture" | sed -n 's/^Number of packets: *//p')
says=(
    'tcpdump -w /dev/null'
    'encode to .npy'
    'encode to nPrint CSV'
    'encode to CSV, own layout'
    'encode to .npy, half filtered'
    'dataset, pictures'
)
ways=(
    "tcpdump -r '$capture' -w /dev/null"
    "'$torchlight' encode '$capture' -o - --format npy >/dev/null"
    "'$torchlight' encode '$capture' -o - --format csv --layout nprint >/dev/null"
    "'$torchlight' encode '$capture' -o - --format csv >/dev/null"
    "'$torchlight' encode '$capture' -o - --format npy --filter 'tcp' >/dev/null"
    "'$torchlight' dataset '$capture' -o '$scratch/set' --caption none"
)

for ((run = 0; run < runs; run++)); do
    for way in "${!ways[@]}"; do
        rm -rf -- "$scratch/set"
        if ! /usr/bin/time -a -o "$scratch/way$way" -f '%e %U %S %M' \
            sh -c "exec ${ways[way]}" 2>"$scratch/log"; then
            cat "$scratch/log" >&2
            exit 1
        fi
    done
done

# Column $2 of the runs of way $1, or an awk expression: the median.
median() {
    awk "{ print $2 }" "$scratch/way$1" | sort -g | awk '{ v[NR] = $1 }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

printf '%d packets of %s, medians of %d runs in turn\n' "$n_packets" "${capture##*/}" "$runs"
printf '%-30s %7s %7s %10s %9s %9s %8s %7s\n' '' 'wall s' 'CPU s' 'packets/s' 'wall : tcpdump' \
    'CPU' ': nPrint' 'peak MB'
for way in "${!ways[@]}"; do
    awk -v says="${says[way]}" -v n="$n_packets" -v wall="$(median "$way" '$1')" \
        -v cpu="$(median "$way" '$2 + $3')" -v peak="$(median "$way" '$4')" \
        -v wall0="$(median 0 '$1')" -v cpu0="$(median 0 '$2 + $3')" -v nprint=$nprint 'BEGIN {
        printf "%-30s %7.2f %7.2f %10.0f %14.2f %9.2f %8.0f %7.1f\n", says, wall, cpu, n / cpu,
            wall / wall0, cpu / cpu0, n / cpu / nprint, peak / 1024 }'
done
