#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shaders_valid.sh SOURCE GLSLC: the shaders that no driver at hand can run are valid SPIR-V at least
# (spirv-val, Debian's spirv-tools), in both forms. Others are run by the self-test.
set -euo pipefail
folder=$1/shaders glslc=$2 n=0
command -v spirv-val >/dev/null || { echo 'skipped: spirv-val is not installed'; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
for shader in "$folder"/*_coop_*.comp; do
    for define in '' -DSTORES_HALF; do
        # shellcheck disable=SC2086 # no word where there is no define
        if ! "$glslc" --target-env=vulkan1.1 -O $define -I "$folder" -o "$scratch/out.spv" "$shader" \
            2>"$scratch/log"; then
            # An old glslc lacks GL_KHR_cooperative_matrix; shaders/embed.sh leaves those out.
            [[ $shader == *_khr.comp ]] && grep -q 'extension not supported' "$scratch/log" && continue
            cat "$scratch/log"
            exit 1
        fi
        spirv-val --target-env vulkan1.1 "$scratch/out.spv"
        n=$((n + 1))
    done
done
printf '%d forms are valid\n' "$n"
((n > 0))
