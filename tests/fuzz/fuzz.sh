#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs one fuzz target over a copy of its corpus, for TORCHLIGHT_FUZZ_SECONDS (20) seconds: status
# 1, and where the input lies, on any crash, leak, error of a sanitizer, or input that takes longer
# than TIMEOUT. Argument: the target. What it finds new is kept where TORCHLIGHT_FUZZ_FOUND names a
# folder, for a better corpus: TARGET -set_cover_merge=1 NEW tests/fuzz/corpus/TARGET FOUND/TARGET.
set -euo pipefail

target=$(realpath -- "$1")
name=${target##*/}
here=$(dirname -- "$(realpath -- "$0")")
seconds=${TORCHLIGHT_FUZZ_SECONDS:-20}
readonly TIMEOUT=30 MAX_SIZE=4096 MEMORY_MB=2048

memory=/dev/shm # where there is one, small files need not go to a disk
[[ -d $memory && -w $memory ]] || memory=${TMPDIR:-/tmp}
scratch=$(mktemp -d "$memory/torchlight-fuzz.XXXXXX")
trap 'rm -rf -- "$scratch"' EXIT
# The target's own folders go with it when it crashes.
mkdir "$scratch/tmp"
export TMPDIR=$scratch/tmp
found=${TORCHLIGHT_FUZZ_FOUND:-$scratch/found}/$name
mkdir -p "$found" "$target.failed"

options=(-max_total_time="$seconds" -timeout="$TIMEOUT" -report_slow_units="$TIMEOUT"
    -max_len="$MAX_SIZE" -rss_limit_mb="$MEMORY_MB" -artifact_prefix="$target.failed/"
    -print_final_stats=1)
words=$here/$name.dict
[[ $name == flow_fuzz ]] && words=$here/capture_fuzz.dict # captures, too
[[ -e $words ]] && options+=(-dict="$words")

if ! "$target" "${options[@]}" "$found" "$here/corpus/$name" >"$scratch/log" 2>&1; then
    grep -vE '^#[0-9]+|^\s*#[0-9]+ 0x[0-9a-f]+ in fuzzer::' "$scratch/log" | head -n 120
    printf '%s found a fault. Its input lies in %s/; to see it again:\n    %s INPUT\n' "$name" \
        "$target.failed" "$target"
    exit 1
fi
grep -E '^#[0-9]+[[:space:]]+DONE|^stat::number_of_executed_units' "$scratch/log"
