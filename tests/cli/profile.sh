#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The profile as a user runs it, and the trace file that it leaves.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

small=(--device cpu --preset mini --latent 8x8 --runs 2)

run 0 profile "${small[@]}"
says out '^conv2d +[0-9]+ +[0-9]' && says out '^attention ' && says out '^linear '
run 0 profile "${small[@]}" --by layer --cpu-time
says out '^down_blocks\.1\.resnets\.0\.conv1 +1 '
run 0 profile "${small[@]}" -w train --json --trace step.json
says out '"name" : "attention_backward"' && says out '"share"'
is_file step.json
says step.json '"traceEvents"' && says step.json '"ph": "X".*"dur": [0-9]'
n_checks=$((n_checks + 1))
[[ $(grep -c '"ts"' step.json) -gt 200 ]] || wrong 'the trace is short'
# Timestamps of a device, where a software driver has one.
if "$torchlight" devices | grep -q '^. vulkan'; then
    run 0 profile --device vulkan --preset mini --latent 8x8 --runs 1 -w text --by kernel
    says out '^matmul(_vec)? '
    run 0 profile --device vulkan --preset mini --latent 8x8 --runs 1 -w text
    says out '^linear +[0-9]'
fi
misused profile --by colour
misused profile --runs 0
fails 'no item' profile "${small[@]}" -w nothing
finish
