#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a device measures of its own ways is kept in a file, which may be damaged, and whatever was
# chosen computes right.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

export XDG_CACHE_HOME=$scratch/cache TORCHLIGHT_AUTOTUNE=force
if "$torchlight" devices | grep -q '^. vulkan'; then
    run 0 selftest --device vulkan --filter linear
    kept=(cache/torchlight/tuning-*.txt)
    is_file "${kept[0]}" && says "${kept[0]}" '^matmul .*vec '
    printf 'damaged' >"${kept[0]}"
    TORCHLIGHT_AUTOTUNE=on run 0 selftest --device vulkan --filter scale
else
    echo 'no Vulkan here: nothing to tune'
    n_checks=1
fi
finish
